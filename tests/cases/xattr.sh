#!/bin/bash
# Attributes show what etcd says of a key; user.etcd.expect.REV writes only at that revision.
# Statements: 170-172.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/events.sh"

requires "needs inotify-tools" command -v inotifywait
start_mount
attr() { in_mount 'getfattr --only-values -n "user.etcd.$1" -- "$2"' "$1" "$2"; }
field() { ctl get -w json -- "$1" | sed "s/.*\"$2\":\\([0-9]*\\).*/\\1/"; }

in_mount 'mkdir -p d/e; echo one >d/key; echo two >d/key; echo x >100%'
equal "the key" d/key "$(attr key d/key)"
equal "an odd key" 100% "$(attr key 100%)"
equal "a directory's key" d/e/ "$(attr key d/e)"
for name in mod_revision create_revision version; do
	equal "$name" "$(field d/key "$name")" "$(attr "$name" d/key)"
done
fails "no lease" "no such attribute" attr lease d/key
lease=$(ctl lease grant 600 | sed 's/lease \([0-9a-f]*\) .*/\1/')
ctl put --lease="$lease" leased x >/dev/null
equal "the lease" "$((16#$lease))" "$(attr lease leased)"
equal "the term" "$(ctl endpoint status -w json | sed 's/.*"raftTerm":\([0-9]*\).*/\1/')" "$(attr term .role)"
equal "none is listed" "" "$(in_mount 'getfattr -d -m - . d d/key leased .role .etcd')"
equal "a list without room" 0 "$(in_mount 'python3 -c "
import ctypes; print(ctypes.CDLL(None).listxattr(b\"d/key\", None, 0))"')"
before=$(attr mod_revision d/key)
ctl put d/key three >/dev/null
[ "$(attr mod_revision d/key)" -gt "$before" ] || die "the revision is an old one"

for name in user.etcd.key user.etcd.term user.other trusted.x; do
	fails "setting $name" "not supported" in_mount 'setfattr -n "$1" -v x d/key' "$name"
done
fails "another's attribute" "no such attribute" in_mount 'getfattr -n user.other d/key'
fails "removing one" "not supported" in_mount 'setfattr -x user.etcd.key d/key'
fails "removing another's" "no such attribute" in_mount 'setfattr -x user.other d/key'
for name in expect expect. expect.x expect.1x expect.-1 expect.0 expect.99999999999999999999; do
	fails "setting $name" "invalid|not supported" in_mount 'setfattr -n "user.etcd.$1" -v x d/key' "$name"
done
fails "too little room" "ERANGE" in_mount 'python3 -c "
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
if libc.getxattr(b\"d/key\", b\"user.etcd.key\", ctypes.create_string_buffer(2), 2) < 0:
    raise SystemExit(__import__(\"errno\").errorcode[ctypes.get_errno()])"'

# The conditional write.
expect() { in_mount 'setfattr -n "user.etcd.expect.$1" -v "$2" -- "$3"' "$@"; }
revision=$(attr mod_revision d/key)
check "at its revision" expect "$revision" four d/key
equal "it is the value" four "$(value_of d/key)"
fails "once more" "canceled" expect "$revision" five d/key
fails "at a revision to come" "canceled" expect 99999999 five d/key
equal "nothing was written" four "$(value_of d/key)"
fails "a directory" "is a directory" expect 5 x d
fails ".role" "not supported" expect 5 x .role
check "a lease stays" expect "$(attr mod_revision leased)" y leased
equal "it has" "$((16#$lease))" "$(attr lease leased)"
check "an empty value" in_mount 'setfattr -n "user.etcd.expect.$1" d/key' "$(attr mod_revision d/key)"
equal "it is empty" 0 "$(value_of d/key | wc -c)"

# Watchers here see a new value as of any other change. (ATTRIB is the kernel's own, anywhere.)
watch w "$MNT"
settle w
attrib="(ATTRIB 100% )?"
step w "a conditional write" "$attrib((MODIFY 100% $attrib)+(CLOSE_WRITE 100% $attrib)+)+" \
	expect "$(attr mod_revision 100%)" y 100%

# Of many who count up, each counts once. (It is a thousand programs, perhaps under load.)
in_mount 'echo 0 >count'
for _ in 1 2 3 4; do
	LIMIT=200 in_mount 'for i in {1..25}; do
		until rev=$(getfattr --only-values -n user.etcd.mod_revision count) && n=$(cat count) &&
			setfattr -n "user.etcd.expect.$rev" -v "$((n + 1))" count 2>/dev/null; do :; done
	done' &
	counters+=($!)
done
for pid in "${counters[@]}"; do
	wait "$pid" || die "a counter failed"
done
equal "counted" 100 "$(in_mount 'cat count')"
end_watchers
stop_mount
start_mount -o ro
fails "ro" "read-only" expect 5 x d/key
