#!/bin/bash
# Symbolic links, fifos and sockets: made, read, renamed, exchanged, removed, on both mounts, and by other clients.
# Statements: 42, 476-478.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/second.sh"

start_mount
start_second
kind() { in_second 'stat -c %F -- "$1"' "$1"; }
target() { in_second 'readlink -- "$1"' "$1"; }

in_mount 'mkdir -p releases/1 releases/2; echo one >releases/1/f; echo two >releases/2/f'
publishes 1 "a link" 'ln -s releases/1 current'
equal "there" "symbolic link releases/1 10" "$(kind current) $(target current) $(in_second 'stat -c %s current')"
equal "followed" one "$(in_second 'cat current/f')"
equal "the value" "releases/1" "$(value_of current)"
equal "what is kept" '{"kind":"symlink"}' "$(ctl get --print-value-only .etcd/meta/current)"
equal "mode and owner" "777 $(id -u)" "$(in_mount 'stat -c "%a %u" current')"
equal "in a listing" "current:l releases:d" "$(in_mount '
	find . -mindepth 1 -maxdepth 1 -not -name ".*" -printf "%f:%y\n" | sort | paste -sd " "')"
fails "it is there" "exists" in_mount 'ln -sT x current'
fails "a hard link" "not permitted" in_mount 'ln releases/1/f hard'
fails "a device" "not permitted" in_mount 'mknod device c 1 3'

equal "whatever its name" target "$(in_mount 'ln -s target "l%empty"; readlink "l%empty"; rm "l%empty"')"

# The switch.
in_mount 'ln -s releases/2 .next'
publishes 1 "mv -T" 'mv -T .next current'
equal "switched" "releases/2 two" "$(target current) $(in_second 'cat current/f')"
in_mount 'ln -sfn releases/1 current'
equal "ln -sfn" "releases/1 one" "$(target current) $(in_second 'cat current/f')"
in_mount 'echo new >file; mv -T file current'
equal "is a file" "regular file" "$(kind current)"
in_mount 'ln -s t link; echo file >file'
inode=$(in_mount 'stat -c %i link')
in_mount 'mv -T link file'
equal "a link over a file" "symbolic link t" "$(kind file) $(target file)"
equal "keeps its inode" "$inode" "$(in_mount 'stat -c %i file')"
in_mount 'mkdir d; ln -s ../file d/up; ln -s nowhere d/broken; mv d e'
equal "below a directory" "../file nowhere" "$(target e/up) $(target e/broken)"
fails "a broken one" "No such file" in_mount 'cat e/broken'
in_mount 'ln -s me me'
fails "itself" "symbolic links" in_mount 'cat me'
in_mount 'touch -h -d "2001-02-03 UTC" e/up; chown -h 12:34 e/up'
in_mount 'echo x >x; ln -s /etc/hostname out; cat out >/dev/null'
equal "its own time and owner" "2001 12" "$(in_second 'stat -c "%y %u" e/up' | sed 's/-[^ ]* [^ ]* [^ ]*//')"
in_mount 'cp -a e "$DIR/copy"; cp -a "$DIR/copy" back; rm -r e'
equal "cp -a" "../file 12" "$(target back/up) $(in_second 'stat -c %u back/up')"
equal "nothing is left" "" "$(ctl get --prefix --keys-only .etcd/meta/e/ | grep . || true)"
for size in 1 255 4095; do
	in_mount 'ln -s "$(head -c "$1" /dev/zero | tr "\0" a)" "l$1"' "$size"
	equal "a target of $size" "$((size + 1))" "$(target "l$size" | wc -c)"
done
in_mount 'rm l1 l255 l4095 me out back/* x'

# Another client of etcd.
ctl put file other >/dev/null
equal "its target" other "$(target file)"
long=$(head -c 5000 /dev/zero | tr '\0' a)
for bad in "$long" $'a\n'; do
	ctl put file "$bad" >/dev/null
	[ "$bad" = "$long" ] || continue
	equal "no target" "regular file" "$(kind file)"
	equal "and its value" 5000 "$(in_second 'stat -c %s file')"
	equal "here" "regular file 5000" "$(in_mount 'stat -c "%F %s" file')"
done
equal "a target again" "symbolic link" "$(kind file)"
ctl del .etcd/meta/file >/dev/null
equal "without its kind" "regular file" "$(kind file)"
equal "here" "regular file" "$(in_mount 'stat -c %F file')"
ctl put .etcd/meta/file '{"kind":"symlink"}' >/dev/null
equal "and with it" "symbolic link" "$(in_mount 'stat -c %F file')"
ctl del file >/dev/null
ctl put file plain >/dev/null
equal "a key made anew" "regular file plain" "$(kind file) $(in_second 'cat file')"

# Pipes and sockets.
in_mount 'mkfifo -m 600 pipe; (echo through >pipe &) ; cat pipe >"$DIR/out"'
equal "a pipe" "through" "$(cat "$DIR/out")"
equal "there" "fifo 600" "$(in_second 'stat -c "%F %a" pipe')"
bind='import os, socket
server = socket.socket(socket.AF_UNIX); server.bind("socket"); server.listen()
client = socket.socket(socket.AF_UNIX); client.connect("socket"); client.send(b"x")
assert server.accept()[0].recv(1) == b"x"'
in_mount 'python3 -c "$1"' "$bind"
equal "a socket" socket "$(kind socket)"
in_mount 'mv pipe moved; rm moved socket'
equal "nothing is left" "" "$(ctl get --prefix --keys-only .etcd/meta/ | grep -E 'pipe|moved|socket' || true)"

# After a restart.
in_mount 'ln -s releases/1 stays; mkfifo fifo'
end_second
stop_mount
start_mount
equal "after a restart" "symbolic link releases/1 fifo" "$(in_mount '
	stat -c %F stays; readlink stays; stat -c %F fifo' | paste -sd " ")"
stop_mount
start_mount -o metadata=off
equal "without metadata" "regular file releases/1" "$(in_mount 'stat -c %F stays; cat stays' | paste -sd " ")"
fails "without metadata" "not permitted" in_mount 'ln -s a b'
fails "without metadata" "not permitted" in_mount 'mkfifo f'
