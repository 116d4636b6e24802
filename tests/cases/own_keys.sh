#!/bin/bash
# Keys that begin with .etcd/ are etcdfs' own: no file, no way to one, and nothing on the mount changes them.
# Statements: 26, 28, 380-384.
. "$(dirname "$0")/../lib/case.sh"

start_mount
in_mount 'mkdir d; echo x >f'
inodes() { in_mount 'df --output=iused . | tail -n 1' | xargs; }
before=$(inodes)
ctl put .etcd/lock/f/694d7 '' >/dev/null
ctl put .etcd/x 1 >/dev/null
ctl put .etcd/ 2 >/dev/null
ctl put .etcd/x/%empty/y 3 >/dev/null
own=$(ctl get --prefix .etcd/ -w json | sed 's/"header":{[^}]*}//')
unchanged() { equal "$1" "$own" "$(ctl get --prefix .etcd/ -w json | sed 's/"header":{[^}]*}//')"; }

equal "the root" ". .. .role d f" "$(in_mount 'ls -a | xargs')"
equal "all of it" ". ./.role ./d ./f" "$(in_mount 'find . | sort | xargs')"
equal "keys are counted" $((before + 4)) "$(inodes)"
for path in %2Eetcd %2Eetcd/x %2Eetcd/lock/f %2Eetcd/%empty; do
	fails "reading $path" "no such" in_mount 'cat "$1"' "$path"
	fails "removing $path" "no such" in_mount 'rm "$1"' "$path"
done
no="no such|invalid|not a directory|itself"
fails "a directory there" "invalid" in_mount 'mkdir %2Eetcd'
fails "a file there" "no such" in_mount 'echo x >%2Eetcd/x'
fails "one deeper" "no such" in_mount 'mkdir %2Eetcd/lock'
fails "a directory renamed to it" "$no" in_mount 'mv -T d %2Eetcd'
in_mount 'echo x >d/x'
fails "a full directory renamed to it" "$no" in_mount 'mv -T d %2Eetcd'
unchanged "after what was refused"

# The key .etcd is a file like others, whatever is below .etcd/.
in_mount 'echo 1 >%2Eetcd; echo 2 >>%2Eetcd'
equal "the file .etcd" "1 2" "$(value_of .etcd | xargs)"
fails "a file in a file" "not a directory" in_mount 'cat %2Eetcd/x'
fails "exchanged with a directory" "$no" in_mount 'python3 -c "
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
if libc.renameat2(-100, b\"%2Eetcd\", -100, b\"d\", 2): raise OSError(ctypes.get_errno(), \"itself\")"'
in_mount 'mv %2Eetcd g; mv g %2Eetcd; rm %2Eetcd; (set -C; echo new >%2Eetcd); mv %2Eetcd d/%2Eetcd'
equal "and somewhere else" new "$(value_of d/.etcd)"
in_mount 'mkdir d/e; mv d/%2Eetcd d/e; mv d/e e; rm -r e'

# Below a directory such keys are ordinary.
ctl put d/.etcd/x ordinary >/dev/null
equal "d/.etcd/x" ordinary "$(in_mount 'cat d/%2Eetcd/x')"
in_mount 'mkdir d/%2Eetcd/y; mv d/%2Eetcd d/z; mv d/z d/%2Eetcd; rm -r d/%2Eetcd'

fails "the key of such a path" "^etcdfs: .*the path of no key" in_mount '"$1" --key %2Eetcd/x' "$ETCDFS"
fails "the prefix of such keys" "^etcdfs: .*the path of no key" in_mount '"$1" --key %2Eetcd/' "$ETCDFS"
fails "the path of such a key" "^etcdfs: .*etcdfs' own" in_mount '"$1" --path .etcd/lock/f/694d7' "$ETCDFS"
equal "the path of .etcd" "$MNT/%2Eetcd" "$(in_mount '"$1" --path .etcd' "$ETCDFS")"
equal "of an ordinary key" "$MNT/a/%2Eetcd/x" "$(in_mount '"$1" --path a/.etcd/x' "$ETCDFS")"

in_mount 'rm -rf d f; mkdir k; mv k l; rmdir l'
unchanged "after all files are removed"
ctl del .etcd/x >/dev/null
own=$(ctl get --prefix .etcd/ -w json | sed 's/"header":{[^}]*}//')
stop_mount

# What is not ours is told of at a start, once.
expect_log "2 keys begin with '.etcd/' and are not shown.*the first is '.etcd/'"
start_mount
unchanged "after a start"
equal "nothing of them" .role "$(in_mount 'ls -A')"
