#!/bin/bash
# As a service etcdfs needs only its configuration file, and tells the service manager how it is, to the end.
# Statements: 281, 310, 311, 312, 313.
. "$(dirname "$0")/../lib/case.sh"
# shellcheck source=tests/lib/second.sh
. "$TOP/tests/lib/second.sh"
# shellcheck source=tests/lib/manager.sh
. "$TOP/tests/lib/manager.sh"

conf=$DIR/etcdfs/$NAME.conf
number='[1-9][0-9]*'
shows() { has_heard "^STATUS=$1" "${2:-}"; }
write_conf "$conf" "$MNT" "[etcd]" "data-dir = $DATA"

# Without a mountpoint in the file or on the command line.
sed '/^mountpoint/d' "$conf" >"$DIR/none.conf"
status=0
words=$(limit "$ETCDFS" -f -c "$DIR/none.conf" 2>&1) || status=$?
equal "no mountpoint" "2 etcdfs: no mountpoint given (see etcdfs --help)" "$status $words"

# The file has the mountpoint, and its name is the node's, also if it is called by another path.
start_manager
(cd "$DIR/etcdfs" && exec setsid env "$(manager_of)" "$ETCDFS" -f -c "$NAME.conf" >>"$LOG" 2>&1 </dev/null) &
PID=$!
wait_until "ready" has_heard '^READY=1'
check "ready, when the mount answers" is_ready_once
[ -S "$RUN/client:0" ] || die "the file's name is not the node's"
equal "who speaks" "$PID" "$(speakers)"
wait_until "role, term, revision" shows "leader, term $number, revision $number\$"
in_mount 'echo x >key'
wait_until "the new revision" shows "leader, .* revision $(revision)\$"

# One that is a client of a cluster, beside it. What keeps either from work is said, and that it is over.
mkdir -m 0700 "$MNT_B"
write_conf "$DIR/etcdfs/b.conf" "$MNT_B" "endpoints = unix://$RUN/client:0"
start_manager "$MNT_B" b
first=$PID
start_service "$DIR/etcdfs/b.conf" "$(manager_of b)"
PID_B=$PID
PID=$first
wait_until "ready" has_heard '^READY=1' b
check "ready, when the mount answers" is_ready_once b
equal "who speaks" "$PID_B" "$(speakers b)"
freeze "$(etcd_pid)"
wait_until "what is wrong" shows "offline, term $number, revision $number: ."
wait_until "what is wrong" shows "offline, term $number, revision $number: ." b
: >"$DIR/said"
: >"$DIR/saidb"
kill -CONT "$(etcd_pid)"
wait_until "it leads again" shows "leader, term $number, revision $number\$"
wait_until "it follows again" shows "follower, term $number, revision $number\$" b
kill -TERM "$PID_B"
wait_until "the end" is_gone "$PID_B"
end_second
wait_until "its end" shows 'ended$' b
equal "stopping, and not ready anew" "STOPPING=1" "$(heard '^(READY|STOPPING)=' b)"

kill -TERM "$PID"
check "the end" ended
nothing_left
wait_until "its end" shows 'ended$'
equal "stopping, and not ready anew" "STOPPING=1" "$(heard '^(READY|STOPPING)=')"
check "the end has a status line" shows '(unmounting|stopping etcd)$'
check "and time" has_heard '^EXTEND_TIMEOUT_USEC=[1-9][0-9]{7}$'

# What waits says for what, and what fails says why. The command line's mountpoint goes before the file's.
: >"$DIR/said"
read -r port <<<"$(free_ports 1)"
write_conf "$conf" "$DIR/nothing" "endpoints = 127.0.0.1:$port"
expect_log "stopped by a signal before it was ready"
setsid env "$(manager_of)" "$ETCDFS" -f -c "$conf" "$MNT" >>"$LOG" 2>&1 </dev/null &
PID=$!
wait_until "what it waits for" shows 'waiting for etcd to serve: .*connect'
check "it asks for time" has_heard '^EXTEND_TIMEOUT_USEC=[1-9][0-9]{7}$'
kill -TERM "$PID"
status=0
ended || status=$?
equal "its end" 1 "$status"
wait_until "why" shows 'failed: stopped by a signal'
equal "never ready" "" "$(heard '^READY=')"
