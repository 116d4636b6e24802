#!/bin/bash
# The attribute user.etcd.ttl says how long a file lives, gives it a time, and takes that away.
# Statements: 441, 442.
. "$(dirname "$0")/../lib/case.sh"

start_mount
in_mount 'mkdir d; echo v >f'
get() { in_mount 'getfattr --only-values -n user.etcd.ttl -- "$1"' "$1"; }
set_to() { in_mount 'setfattr -n user.etcd.ttl -v "$1" -- "$2"' "$1" "$2"; }
field() { in_mount 'getfattr --only-values -n "user.etcd.$1" -- "$2"' "$1" "$2"; }

fails "there is none" "no such attribute" get f
publishes 1 "set" 'setfattr -n user.etcd.ttl -v 600 f'
left=$(get f)
[ "$left" -ge 500 ] && [ "$left" -le 600 ] || die "$left s are left"
[ "$(field lease f)" -gt 0 ] || die "no lease"
equal "the value" v "$(value_of f)"
lease=$(field lease f)
in_mount 'echo w >f'
equal "written, the same lease" "$lease" "$(field lease f)"
check "set anew" set_to 100 f
[ "$(field lease f)" != "$lease" ] || die "the same lease"
[ "$(get f)" -le 100 ] || die "more than that is left"
publishes 1 "removed" 'setfattr -x user.etcd.ttl f'
fails "removed" "no such attribute" get f
fails "no lease" "no such attribute" field lease f
fails "removed again" "no such attribute" in_mount 'setfattr -x user.etcd.ttl f'
equal "the value" w "$(value_of f)"

# Another's lease; one that ends now; a file without a key; flags.
lease=$(ctl lease grant 300 | sed 's/lease \([0-9a-f]*\) .*/\1/')
ctl put --lease="$lease" theirs x >/dev/null
left=$(get theirs)
[ "$left" -ge 200 ] && [ "$left" -le 300 ] || die "$left s of another's are left"
check "taken away" in_mount 'setfattr -x user.etcd.ttl theirs'
ctl lease revoke "$lease" >/dev/null
equal "it stays" x "$(value_of theirs)"
check "of a file that is being made" in_mount 'exec 3>made; setfattr -n user.etcd.ttl -v 60 made; echo v >&3; exec 3>&-
	[ "$(cat made)" = v ] && [ "$(getfattr --only-values -n user.etcd.ttl made)" -le 60 ]'
in_mount 'python3 -c "$1"' 'import errno, os
def fails(number, *arguments):
    try: os.setxattr("f", "user.etcd.ttl", *arguments)
    except OSError as error: assert error.errno == number, error
    else: raise AssertionError(arguments)
fails(errno.ENODATA, b"60", os.XATTR_REPLACE)
os.setxattr("f", "user.etcd.ttl", b"60", os.XATTR_CREATE)
fails(errno.EEXIST, b"60", os.XATTR_CREATE)
os.setxattr("f", "user.etcd.ttl", b"60", os.XATTR_REPLACE)
assert os.listxattr("f") == []'
fails "a directory" "is a directory" set_to 60 d
fails "reading a directory's" "no such attribute" get d
fails ".role" "not supported" set_to 60 .role
fails "reading that of .role" "no such attribute" get .role
fails "no file" "no such file" set_to 60 none
in_mount 'cp -a f copy'
fails "a copy has none" "no such attribute" get copy

# The end that it sets.
in_mount 'python3 -c "$1"' 'import os, time
open("g", "w").write("v")
begin = time.monotonic()
os.setxattr("g", "user.etcd.ttl", b"2")
while os.path.exists("g"): time.sleep(0.01)
lived = time.monotonic() - begin
assert lived >= 2, lived'
check "the copy is there" in_mount '[ -e copy ]'

stop_mount
start_mount -o ro
fails "ro" "read-only" set_to 60 f
fails "ro, removing" "read-only" in_mount 'setfattr -x user.etcd.ttl f'
equal "ro, reading" 2 "$(get f | wc -c)"
