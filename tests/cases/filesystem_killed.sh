#!/bin/bash
# The filesystem process is killed: processes in the mount get an error, and it is mounted again by itself.
# Statements: 35, 152.
. "$(dirname "$0")/../lib/case.sh"

expect_log 'filesystem|mount'
start_mount

in_mount 'echo kept >key'
for round in 1 2; do
	filesystem=$(fs_pid)
	etcd=$(etcd_pid)
	kill -KILL "$filesystem"
	wait_until "its end" is_gone "$filesystem"
	wait_until "the mount to work" in_mount '[ "$(cat key)" = kept ] && [ -e .role ]'
	equal "one mount" 1 "$(awk -v at="$MNT" '$5 == at' /proc/self/mountinfo | wc -l)"
	equal "the same etcd" "$etcd" "$(etcd_pid)"
done
in_mount 'echo new >key'
equal "written after" new "$(value_of key)"
