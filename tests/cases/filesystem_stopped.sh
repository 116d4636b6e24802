#!/bin/bash
# The filesystem process is stopped: a short stop changes nothing; after a long one it is replaced, and nobody hangs.
# Statements: 156.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/writers.sh"

expect_log 'the filesystem process \(pid [0-9]+\) has not answered for 10 s'
allow_log 'filesystem|notifier|mount|key .*: truncation'
start_mount -o timeout=3
LONGEST=30 # ten seconds, on a machine that has time
start_writers 2 "$MNT"

filesystem=$(fs_pid)
freeze "$filesystem"
sleep 4 # shorter than it takes; long enough to see that it does
kill -CONT "$filesystem"
wait_writes "after a short stop"
equal "the same process" "$filesystem" "$(fs_pid)"

etcd=$(etcd_pid)
freeze "$filesystem"
since=$(now)
LIMIT=60 wait_until "it is replaced" is_gone "$filesystem"
HEALED=60 wait_writes "stopped for good" "$since"
equal "the same etcd" "$etcd" "$(etcd_pid)"

# Supervisor, filesystem and etcd together, as when the machine sleeps: all go on.
filesystem=$(fs_pid)
freeze "$PID" "$filesystem" "$etcd"
sleep 12
kill -CONT "$PID" "$filesystem" "$etcd"
wait_writes "all stopped for longer than that"
equal "the same filesystem process" "$filesystem" "$(fs_pid)"
judge_writers "$RUN" "$MNT"
