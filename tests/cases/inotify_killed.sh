#!/bin/bash
# The notifier, etcd and the filesystem process are killed in a storm: nobody is stuck, and events go on.
# Statements: 79, 84.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/events.sh"

requires "needs inotify-tools" command -v inotifywait
allow_log " etcd |etcd's changes|inotify events|filesystem|mount|key .*: truncation"
start_mount -o timeout=20 # no operation is to fail because the machine is slow
in_mount 'mkdir dir; for i in {0..9}; do echo x >dir/key-$i; done'
watch w "$MNT" "$MNT/dir"

notifier() { child_named "$(fs_pid)" etcdfs-notify; }

has_another_notifier() { [ -n "$(notifier)" ] && [ "$(notifier)" != "$1" ]; }

# Changes without end, and users who look at them, through all that follows. Each ends by itself.
# shellcheck disable=SC2016
storms() {
	while [ ! -e "$DIR/end" ]; do
		echo "storm dir/key- 10 200
txn dir/here=1 dir/there/key=1
txn dir/here= dir/there/key
del dir/here" | python3 -B "$TOP/tests/lib/kv.py" "$RUN" || true
	done 2>/dev/null
}
users() {
	while [ ! -e "$DIR/end" ]; do
		in_mount 'cat dir/key-*; ls -l dir; echo x >dir/own; mv dir/own dir/own-2; rm dir/own-2' || true
	done &>/dev/null
}

nobody_in_d() {
	local pid
	for pid in $(marked_processes); do
		! grep -q '^State:.D' "/proc/$pid/status" || return 1
	done
}

storms &
background=($!)
users &
background+=($!)

for _ in 1 2 3; do
	wait_until "a notifier" notifier
	old=$(notifier)
	kill -KILL "$old"
	wait_until "another notifier" has_another_notifier "$old"
	wait_until "the end of waiting in the kernel" nobody_in_d
	first=$(($(lines_of w) + 1))
	wait_until "events after the notifier was killed" has_event w "CLOSE_WRITE dir/key-5 " "$first"
done
in_mount 'echo x >dir/own-3; rm dir/own-3'

old=$(etcd_pid)
kill -KILL "$old"
wait_until "another etcd" eval '[ -n "$(etcd_pid)" ] && [ "$(etcd_pid)" != "$old" ]'
first=$(($(lines_of w) + 1))
wait_until "events after etcd was killed" has_event w "CLOSE_WRITE dir/key-5 " "$first"
wait_until "the end of waiting in the kernel" nobody_in_d

old=$(fs_pid)
old_notifier=$(notifier)
kill -KILL "$old"
wait_until "its end" is_gone "$old"
wait_until "the end of its notifier" is_gone "$old_notifier"
wait_until "the mount to work" in_mount '[ -e dir/key-5 ]'
wait_until "the end of waiting in the kernel" nobody_in_d
watch w2 "$MNT" "$MNT/dir"
wait_until "events after the filesystem was killed" has_event w2 "CLOSE_WRITE dir/key-5 " 1

touch "$DIR/end"
wait "${background[@]}"
first=$(($(lines_of w2) + 1))
fence w2 "$first"
step w2 "and in peace" "$(changed dir/key-1)" ctl put dir/key-1 x

# One that dies idle, of which the filesystem process hears with the change that it is to tell.
die_unseen() {
	local filesystem
	filesystem=$(fs_pid)
	freeze "$filesystem"
	ctl put dir/key-1 y >/dev/null
	kill -KILL "$(notifier)"
	kill -CONT "$filesystem"
}
step w2 "of a notifier that died idle" "$(changed dir/key-1)" die_unseen

# A notifier that stands still holds up nobody: not users, not etcd, not the end.
freeze "$(notifier)"
for i in {1..50}; do echo "put dir/key-$((i % 10)) $i"; done | python3 -B "$TOP/tests/lib/kv.py" "$RUN"
in_mount 'cat dir/key-*; echo x >dir/own-4; echo y >dir/key-1; mkdir dir/own-5; rmdir dir/own-5; rm dir/own-4' \
	>/dev/null || die "a user waits for the notifier"
end_watchers
stop_mount
