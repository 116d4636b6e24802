#!/bin/bash
# The program's file is replaced under a mount, as an upgrade does: the mount goes on, also when its processes die.
# Statements: 370.
. "$(dirname "$0")/../lib/case.sh"

expect_log 'filesystem|mount'
install -m 755 "$ETCDFS" "$DIR/etcdfs"
ETCDFS=$DIR/etcdfs
start_mount
in_mount 'echo before >key'
equal "the program" "$ETCDFS" "$(readlink "/proc/$PID/exe")"

# Whatever ran the file by its name from now on would fail.
install -m 755 /bin/false "$DIR/other"
mv "$DIR/other" "$ETCDFS"
in_mount 'echo after >key'
filesystem=$(fs_pid)
kill -KILL "$filesystem"
wait_until "its end" is_gone "$filesystem"
wait_until "the mount to work" in_mount '[ "$(cat key)" = after ]'
notifier() { child_named "$(fs_pid)" etcdfs-notify; }
wait_until "the notifier" notifier
for pid in "$(fs_pid)" "$(notifier)"; do
	equal "the program of process $pid" "$ETCDFS (deleted)" "$(readlink "/proc/$pid/exe")"
done
in_mount 'echo again >key'
equal "written after" again "$(value_of key)"
stop_mount umount
