#!/bin/bash
# The lock of DIR/.etcd/lock fences every change of this mount below DIR, of each kind, and no other.
# Statements: 413-417.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/second.sh"
. "$TOP/tests/lib/holder.sh"

start_mount
start_second
start_holder a "$MNT"
start_holder b "$MNT"
start_holder other "$MNT_B"
lose() { ctl del -- "$(lock_keys "$1")" >/dev/null; }
is_told() { wait_until "it is told" polls a fd; }

in_mount 'mkdir -p d/sub/empty d/sub/full g; for file in d/f d/sub/f d/sub/full/f e; do echo old >$file; done'
does a ok open fd d/.etcd/lock RDONLY
does a ok lock fd
equal "its name" 1 "$(lock_keys d%2F | wc -l)"
does other ok open fd d/.etcd/lock RDONLY
does other EAGAIN lock fd nb
does other ok put d/f theirs # it excludes only who locks

# While it is held.
for step in 'put d/f new' 'make d/made' 'mkdir d/dir' 'rename d/made d/sub/made' 'rename d/dir d/sub/dir' \
	'expect d/f newer' 'unlink d/sub/made' 'rmdir d/sub/dir' 'exchange d/f d/sub/f' 'put d/sub/new x' \
	'rename d/sub/new new'; do
	does b ok $step
done

# It is lost: none of these is done, whoever tries.
does b ok open writer d/f RDWR
does b ok open reader d/f RDONLY
does b ok append writer lost
before=$(value_of d/f)
begins a await fd
lose d%2F
STEP="await a loss" answers a a
after=$(revision)
does a EIO read fd
for step in 'sync writer' 'write writer lost' 'put d/f lost' 'put d/none lost' 'make d/made' 'mkdir d/dir' \
	'unlink d/f' 'rmdir d/sub/empty' 'rename d/f d/g' 'rename d/f f' 'rename e d/e' 'rename e d/f' \
	'exchange e d/f' 'rename d/sub d/bus' 'rename d/sub sub' 'rename d dd' 'rename g d/g' 'exchange g d' \
	'expect d/f lost' 'put d/sub/full/f lost'; do
	does b EIO $step
done
does b EIO close writer
equal "none of them" "$after" "$(revision)"

# Reads go on, and other directories and mounts.
does b "$before" read reader
does b ok close reader
does b ok put e new
does b ok mkdir h
does b ok put dd new
does other ok lock fd nb
does other ok put d/f theirs
does other ok unlock fd
does a ok unlock fd
does b ok put d/f free
equal "free again" free "$(value_of d/f)"

# The root's, which is of all; its loss does not keep its owner from giving it up.
does a ok close fd
does a ok open fd .etcd/lock RDWR
does a ok fcntl fd
equal "one lock" 1 "$(lock_keys | wc -l)"
does b ok put d/f new
ctl del --prefix .etcd/lock/ >/dev/null
is_told
does b EIO put d/f lost
does b EIO put e lost
does b EIO mkdir i
does other ok put e theirs
does a ok unfcntl fd
does b ok put e new
does a ok fcntl fd
does a ok close fd # ends it, as of any file
equal "no lock is left" "" "$(lock_keys)"

# A directory's lock and a file's below it are apart.
does a ok open fd d/.etcd/lock RDONLY
does a ok lock fd
does other ok open file d/f RDWR
does other ok lock file nb
does b ok put d/f both
end_holder a
end_holder b
end_holder other
