#!/bin/bash
# A debugger holds the dead filesystem process: the successor does not wait for it. One can be held, not two.
# Statements: 158, 374, 375.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/successor.sh"

expect_log "has died, but a debugger or the kernel still holds it; it is started again"
expect_log "the filesystem process killed by signal 9 .*; it was held until now"
expect_log "does not end, because .* holds it, and the one before it as well"
expect_log "the filesystem process .* does not end although it is killed: a debugger or the kernel holds it"
allow_log "it is started again in [0-9]+ ms|does not end, and is killed"
start_mount -o timeout=1
in_mount 'echo old >key'
mounts=$(mount_of "$MNT")

# hold PID: until the descriptor in $DEBUGGER is closed.
hold() {
	exec {DEBUGGER}> >(exec python3 -B "$TOP/tests/lib/hold.py" "$1" >"$DIR/held-$1")
	wait_until "the debugger" grep -q held "$DIR/held-$1"
}
is_zombie() { grep -q '^State:.Z' "/proc/$1/status"; }
has_ended() { [ ! -e "/proc/$1" ]; }
# serving: the filesystem process that is no zombie.
serving() {
	local pid
	for pid in $(pgrep -P "$PID" -x etcdfs); do
		is_zombie "$pid" || echo "$pid"
	done
}

old=$(fs_pid)
hold "$old"
first=$DEBUGGER
kill -KILL "$old"
wait_until "a successor" in_mount '[ "$(cat key)" = old ]'
equal "the same mount" "$mounts" "$(mount_of "$MNT")"
check "it is held ($old)" is_zombie "$old"

# One that is held does not hinder the successor of one that ends.
second=$(serving)
kill -KILL "$second"
wait_until "its end" has_ended "$second"
wait_until "a successor" in_mount '[ "$(cat key)" = old ]'
equal "the same mount" "$mounts" "$(mount_of "$MNT")"

new=$(serving)
hold "$new"
kill -KILL "$new"
# Without fusectl only unmounting ends a connection, and the directory below shows until the next mount.
fails "a call" "not connected|abort|no such file" in_mount 'cat key'
exec {DEBUGGER}>&-
wait_until "its end" has_ended "$new"
wait_until "the mount to work" in_mount '[ "$(cat key)" = old ]'
check "the first is held ($old)" is_zombie "$old"
exec {first}>&-
wait_until "its end" has_ended "$old"

# An umount while one is held: it is waited for, and then left behind.
old=$(fs_pid)
hold "$old"
kill -KILL "$old"
wait_until "a successor" in_mount '[ "$(cat key)" = old ]'
take_off umount "$MNT"
status=0
ended || status=$?
equal "the status" 1 "$status"
check "it is held ($old)" is_zombie "$old"
exec {DEBUGGER}>&-
wait_until "its end" has_ended "$old"
nothing_left
