#!/bin/bash
# Each process is killed and stopped, alone and together, under writers: nothing done is lost, and all heals.
# Statements: 24, 25, 37, 150, 151.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/writers.sh"

allow_log "etcd( |'s )|inotify events|it is started again|dead mount|key .*: truncation"
start_mount
start_writers 3 "$MNT"

notifier() { child_named "$(fs_pid)" etcdfs-notify; }

kill_etcd() { kill -KILL "$(etcd_pid)"; }
heals "etcd killed" kill_etcd
etcd=$(etcd_pid)
kill_filesystem() { kill -KILL "$(fs_pid)"; }
heals "filesystem killed" kill_filesystem
equal "the same etcd" "$etcd" "$(etcd_pid)"
kill_notifier() { kill -KILL "$(notifier)"; }
wait_until "the notifier" notifier # writes do not wait for it
heals "notifier killed" kill_notifier
kill_both() { kill -KILL "$(etcd_pid)" "$(fs_pid)"; }
heals "etcd and filesystem killed" kill_both
kill_all() { kill -KILL "$(notifier)" "$(etcd_pid)" "$(fs_pid)"; }
wait_until "the notifier" notifier
heals "etcd, filesystem and notifier killed" kill_all

# stopped PID...: for a while, and then going on.
stopped() {
	freeze "$@"
	sleep 2
	kill -CONT "$@"
}
heals "etcd stopped" stopped "$(etcd_pid)"
wait_until "the notifier" notifier
heals "notifier stopped" stopped "$(notifier)"
heals "filesystem stopped" stopped "$(fs_pid)"
heals "supervisor stopped" stopped "$PID"
heals "all stopped" stopped "$PID" "$(etcd_pid)" "$(fs_pid)" "$(notifier)"

# The supervisor, and all that it has started with it; the next start goes on from there.
children=$(pgrep -P "$PID")
kill -KILL "$PID"
for child in $children; do
	wait_until "the end of what etcdfs has started" is_gone "$child"
done
wait "$PID" 2>/dev/null || true
since=$(now)
start_mount
wait_writes "supervisor killed, writes from the next start on" "$since"
judge_writers "$RUN" "$MNT"
