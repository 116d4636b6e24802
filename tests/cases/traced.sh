#!/bin/bash
# A process that dies while a debugger holds it is started again when the debugger lets go; the end waits for nobody.
# Statements: 158.
. "$(dirname "$0")/../lib/case.sh"

expect_log 'etcd killed by signal 9' 'the filesystem process killed by signal 9'
expect_log 'does not end, and is killed'
expect_log 'the filesystem process .* does not end although it is killed: a debugger or the kernel holds it'
allow_log ' etcd |filesystem|inotify events'
start_mount -o timeout=1
in_mount 'echo kept >key'

# hold PID [stop]
hold() {
	coproc HOLDER { exec python3 -B "$TOP/tests/lib/hold.py" "$@"; }
	HELD=$1
	read -r -t 20 -u "${HOLDER[0]}" _ || die "$1 cannot be held"
}
let_go() {
	local holder=$HOLDER_PID
	exec {HOLDER[1]}>&-
	wait "$holder"
}
is_zombie() { grep -q '^State:.Z' "/proc/$HELD/status"; }

has_another_notifier() {
	local pid
	pid=$(pgrep -n -P "$(fs_pid)" -x etcdfs-notify) && [ "$pid" != "$HELD" ]
}

for one in etcd fs; do
	hold "$("${one}_pid")"
	kill -KILL "$HELD"
	wait_until "its end" is_zombie
	sleep 1 # that it has not been reaped is seen more than once
	is_zombie || die "$one was not held"
	let_go
	wait_until "the end of it for all" is_gone "$HELD"
	wait_until "the mount to work" in_mount '[ "$(cat key)" = kept ] && echo kept >key'
done

# The one that makes events is waited for by nobody.
filesystem=$(fs_pid)
hold "$(child_named "$filesystem" etcdfs-notify)"
kill -KILL "$HELD"
wait_until "its end" is_zombie
wait_until "another" has_another_notifier
in_mount 'echo kept >key && [ "$(cat key)" = kept ]' || die "the mount waits for the debugger"
equal "the same filesystem process" "$filesystem" "$(fs_pid)"
is_zombie || die "the notifier was not held"
let_go

hold "$(fs_pid)" stop
kill -TERM "$PID"
status=0
ended || status=$?
equal "the status" 1 "$status"
is_zombie || die "the filesystem process was not held"
let_go
wait_until "the end of it for all" is_gone "$HELD"
nothing_left

start_mount
equal "the key" kept "$(in_mount 'cat key')"
