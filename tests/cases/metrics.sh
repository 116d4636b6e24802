#!/bin/bash
# .etcd/metrics: its form, what is counted and timed, and that reading it never waits, also for other users.
# Statements: 320-327.
. "$(dirname "$0")/../lib/case.sh"
. "$(dirname "$0")/../lib/metrics.sh"

requires "needs root, to let another user in" test "$(id -u)" = 0
requires "needs a user 'nobody'" id nobody
PYTHON=/usr/bin/python3 # the one that Debian's packages are for
requires "needs python3-prometheus-client" "$PYTHON" -c 'import prometheus_client.parser'

chmod 755 "$DIR"
nobody() { (cd / && limit setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"); }
# is NAME OPERATOR VALUE: of test(1). grows BEFORE COUNT NAME [LABEL]: at least COUNT more; somebody else on
# this machine may look at the mount as well.
is() { [ "$(metric "$1")" "${@:2}" ]; }
grows() { [ "$(metric "${@:3}")" -ge "$(($1 + $2))" ]; }

start_mount -o allow_other,timeout=3
wait_until "its health" is healthy = 1
in_mount 'mkdir d && echo one >key && cat key >/dev/null'
form() { check "$1" limit "$PYTHON" -B "$(dirname "$0")/../lib/metrics.py" "$MNT" < <(limit cat "$MNT/.etcd/metrics"); }
form "the form"
equal "build_info" 1 "$(metric build_info 'version="[0-9.]*"')"
equal "etcd_info" 1 "$(metric etcd_info "version=\"$(etcd --version | sed -n 's/^etcd Version: //p')\"")"

# Each kind has its own times, and each reply is in them: of the RPC thread, and of the FUSE thread.
mkdirs=$(metric operation_duration_seconds_count 'kind="mkdir"')
reads=$(metric operation_duration_seconds_count 'kind="read"')
in_mount 'mkdir d/1 d/2; ! mkdir d/1 2>/dev/null; cat key >/dev/null'
equal "mkdirs" $((mkdirs + 2)) "$(metric operation_duration_seconds_count 'kind="mkdir"')"
check "reads" grows "$reads" 1 operation_duration_seconds_count 'kind="read"'
check "a transaction takes its time" [ "$(metric operation_duration_seconds_bucket 'kind="mkdir",le="5e-05"')" = 0 ]
equal "forgets have none" "" "$(metric operation_duration_seconds_count 'kind="forget"')"
# The read of a stream has none. (This very read of the metrics is not over either.)
timeless() {
	limit cat "$MNT/.etcd/metrics" | awk '
		/^etcdfs_operations_total{.*kind="read"}/ { all = $NF }
		/^etcdfs_operation_duration_seconds_count{.*kind="read"}/ { timed = $NF }
		END { print all - timed }'
}
equal "reads without a time" 1 "$(timeless)"
(cd / && exec timeout 60 sed -u q "$MNT/d/.etcd/watch" >"$DIR/line") &
STREAM=$!
put_and_read() { ctl put d/new x >/dev/null && is_gone "$STREAM"; }
wait_until "its line" put_and_read
check "reads without a time, with those of the stream" [ "$(timeless)" -ge 2 ]

# A signal, which ends the read of a stream at once.
interrupted=$(metric interrupted_total)
interrupt() {
	(cd / && timeout -s INT 0.5 cat "$MNT/.etcd/watch" >/dev/null) || true
	grows "$interrupted" 1 interrupted_total
}
wait_until "an interrupted one" interrupt

# Publishes, but none of what is gone, or was not written; and questions.
publishes=$(metric publish_duration_seconds_count)
in_mount 'echo two >key; echo 3 >>key; : <>key; cat key >/dev/null'
in_mount 'python3 -c "
import os
fd = os.open(\"key\", os.O_RDWR)
os.write(fd, b\"x\")
os.unlink(\"key\")
os.close(fd)"; echo three >key'
equal "publishes" $((publishes + 3)) "$(metric publish_duration_seconds_count)"
both=$(limit cat "$MNT/.etcd/metrics" | sed -nE 's/^etcdfs_barrier(s_total|_duration_seconds_count)\{.*\} //p')
asked=${both%$'\n'*} answered=${both#*$'\n'}
check "questions: $asked, answered: $answered" [ $((asked - answered)) -le 1 ]
check "some were answered" [ "$answered" -gt 0 ]

# Events, of changes made elsewhere only.
events=$(metric event_delay_seconds_count)
in_mount 'echo here >key'
ctl put new x >/dev/null
wait_until "an event" grows "$events" 1 event_delay_seconds_count
check "its delay" [ "$(metric event_delay_seconds_bucket 'le="5"')" -ge $((events + 1)) ]

files=$(metric open_files)
exec 7<"$MNT/key" 8<"$MNT/key"
check "open files" [ "$(metric open_files)" -ge $((files + 2)) ]
exec 7<&- 8<&-
wait_until "closed files" is open_files -le "$files"
shows_all() { is revision -ge "$(metric etcd_revision)"; }
wait_until "the revisions" shows_all
check "etcd's revision" [ "$(metric etcd_revision)" -gt 1 ]

# etcd does not answer. An outage that is young: others wait, and get it.
allow_log "etcd"
timeouts=$(metric timeouts_total)
longest=$(metric operation_duration_seconds_count 'kind="lookup"')
freeze "$(etcd_pid)"
nobody cat "$MNT/.etcd/metrics" >"$DIR/young" &
YOUNG=$!
(cd / && ! timeout 20 stat "$MNT/key" 2>/dev/null) &
LATE=$!
check "nobody, in a young outage" wait "$YOUNG"
check "a stat that ends" wait "$LATE"
check "it is whole" grep -q '^etcdfs_etcd_restarts_total{.*} 0$' "$DIR/young"
wait_until "a timeout" grows "$timeouts" 1 timeouts_total
wait_until "it took its time" grows "$longest" 1 operation_duration_seconds_count 'kind="lookup"'
wait_until "its health" is healthy = 0

# An outage that is old, and then the supervisor does not answer either.
is_old() { ! WORDS=$(timeout 2 stat "$MNT/d/1" 2>&1) && [[ $WORDS = *"timed out"* ]]; }
wait_until "what is known of the outage" is_old
reads_all() {
	check "nobody: $1" nobody timeout 2 cat "$MNT/.etcd/metrics" "$MNT/.etcd/status" >/dev/null
	check "nobody: $1" nobody grep -q offline "$MNT/.role"
	check "the user: $1" limit timeout 2 cat "$MNT/.etcd/metrics" >/dev/null
}
reads_all "etcd is away"
fails "a key waits for etcd" "timed out" nobody cat "$MNT/key"
fails "and so does its name alone" "timed out" nobody "$PYTHON" -c '
import os, sys
os.open(sys.argv[1], os.O_PATH)' "$MNT/key"
freeze "$PID"
reads_all "and so is the supervisor"
kill -CONT "$PID" "$(etcd_pid)"
wait_until "its health" is healthy = 1
check "nobody reads on" nobody grep -q here "$MNT/key"
form "the form, after all that"
