#!/bin/bash
# consistency=cached: the filesystem process is killed in a storm of changes, while its users hold locks: it comes back.
# Statements: 35, 86.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/held_up.sh"

allow_log "etcd|filesystem|mount|notifier|key .*: truncation"
start_mount -o consistency=cached,timeout=10
in_mount 'mkdir dir; for i in {0..9}; do echo old >dir/key-$i; done'

# shellcheck disable=SC2016
users() {
	while [ ! -e "$DIR/end" ]; do
		in_mount 'for i in {1..50}; do
			stat dir/key-* dir/new-*
			echo x >dir/own-$1; mkdir dir/dir-$1; rmdir dir/dir-$1
			mv dir/own-$1 dir/moved-$1; rm dir/moved-$1
		done' "$1" || true
	done &>/dev/null
}
storm() {
	while [ ! -e "$DIR/end" ]; do
		for i in {1..50}; do
			printf 'put dir/new-%s x\nput dir/key-3 %s\ndel dir/new-%s\n' "$i" "$i" "$i"
		done | python3 -B "$TOP/tests/lib/kv.py" "$RUN" || true
	done 2>/dev/null
}
for i in 1 2 3; do
	users $i &
	background+=($!)
done
storm &
background+=($!)

for round in 1 2 3 4; do
	filesystem=$(fs_pid)
	# Every other time with operations that will have no answer.
	etcd=$(etcd_pid)
	[ $((round % 2)) = 0 ] || freeze "$etcd"
	kill -KILL "$filesystem"
	wait_until "its end" is_gone "$filesystem"
	kill -CONT "$etcd"
	wait_until "the mount to work" in_mount '[ -e dir/key-1 ] && [ -e .role ]'
	equal "one mount" 1 "$(awk -v at="$MNT" '$5 == at' /proc/self/mountinfo | wc -l)"
	ctl put dir/key-round "$round" >/dev/null
	wait_until "a change after it" in_mount "[ \"\$(cat dir/key-round)\" = $round ]"
done
touch "$DIR/end"
wait "${background[@]}"
wait_until "a write" in_mount 'echo x >after'

# The thread that invalidates waits in the kernel for the lock of a directory in which a mkdir waits
# for an etcd that stands still.
can_abort() { [ "$(id -u)" = 0 ] || [ -n "$(ls -A /sys/fs/fuse/connections)" ]; }
requires "needs root, or fusectl, to end a connection" can_abort
hold_up killed
filesystem=$(fs_pid)
kill -KILL "$filesystem"
wait_until "its end" has_ended "$filesystem"
kill -CONT "$(etcd_pid)"
wait_until "the mount to work" in_mount '[ -e dir/key-1 ] && [ -e .role ]'
hold_up ended
kill -TERM "$PID"
ended || die "status $?"
