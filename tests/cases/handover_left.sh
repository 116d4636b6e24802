#!/bin/bash
# consistency=cached: the mount is taken off while the kernel holds the dead filesystem process: nothing is left.
# Statements: 347, 375.
if [ -z "${INSIDE:-}" ] && unshare -m true 2>/dev/null; then
	INSIDE=1 exec unshare -m bash "$0" # may have a fusectl of its own
fi
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/successor.sh"
. "$TOP/tests/lib/held_up.sh"

connections=/sys/fs/fuse/connections
has_fusectl() { [ -n "$(ls -A "$connections")" ] || mount -t fusectl none "$connections"; }
start_mount -o consistency=cached,timeout=10
requires "needs fusectl, to end a connection that has no mount" has_fusectl
in_mount 'mkdir dir; echo old >dir/key-1'

# The supervisor learns of both at once.
hold_up left
old=$(fs_pid)
freeze "$PID"
kill -KILL "$old"
limit umount -l "$MNT"
kill -CONT "$PID"
kill -CONT "$(etcd_pid)"
check "the end" ended
wait "$STUCK" || true
check "an error ($(cat "$DIR/stuck"))" grep -qE "abort|not connected" "$DIR/stuck"
check "its end ($old)" has_ended "$old"
nothing_left
