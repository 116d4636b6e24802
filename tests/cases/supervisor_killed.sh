#!/bin/bash
# etcdfs killed: no etcd and no filesystem process outlives it, and the next start clears the mount.
# Statements: 37.
. "$(dirname "$0")/../lib/case.sh"

allow_log 'taking the dead mount of an earlier run off'
start_mount

in_mount 'echo kept >key'
setsid timeout 60 bash -c 'cd "$MNT"; exec sleep 60' & # somebody stands in it
inside=$!
stands_there() { [ "$(readlink "/proc/$(child_named "$inside" sleep)/cwd")" = "$MNT" ]; }
wait_until "somebody in it" stands_there
children=$(pgrep -P "$PID")
kill -KILL "$PID"
wait "$PID" 2>/dev/null || true
PID=
for child in $children; do
	wait_until "the end of $(describe "$child")" is_gone "$child"
done
kill "$inside"
wait "$inside" 2>/dev/null || true

start_mount
equal "the value" kept "$(in_mount 'cat key')"
equal "mounts there" 1 "$(awk -v at="$MNT" '$5 == at' /proc/self/mountinfo | wc -l)"
stop_mount

# Both at once, though the one may still have heard of the other: what is left is a dead mount, and that is cleared.
start_mount
allow_log 'filesystem process killed'
kill -KILL "$(fs_pid)" "$PID"
wait "$PID" 2>/dev/null || true
PID=
wait_until "the end of all" none_marked
start_mount
equal "the value" kept "$(in_mount 'cat key')"
