#!/bin/bash
# The watchdog of the service manager is told of life while the filesystem answers; a dead mount is taken off.
# Statements: 314, 317.
. "$(dirname "$0")/../lib/case.sh"
# shellcheck source=tests/lib/manager.sh
. "$TOP/tests/lib/manager.sh"

conf=$DIR/etcdfs/$NAME.conf
write_conf "$conf" "$MNT" "[etcd]" "data-dir = $DATA"
last_sign() { awk '$3 == "WATCHDOG=1" { last = $1 } END { print last + 0 }' "$DIR/said"; }
now() { awk '{ print int($1 * 1000) }' /proc/uptime; }
# silent_for MS: has there been no sign of life for so long?
silent_for() { [ "$(($(now) - $(last_sign)))" -gt "$1" ]; }
signs() { heard '^WATCHDOG=1$' | wc -l; }
has_signs() { [ "$(signs)" -ge "$1" ]; }

start_manager
start_service "$conf" "$(manager_of)" WATCHDOG_USEC=1000000
wait_until "ready" has_heard '^READY=1'

# Twice in the time that the service manager allows, and as long as the filesystem process answers.
wait_until "signs of life" has_signs 4
gap=$(awk '$3 == "WATCHDOG=1" { if (last) print $1 - last; last = $1 }' "$DIR/said" | sort -n | sed -n 1p)
[ "$gap" -ge 400 ] && [ "$gap" -lt 1000 ] || die "signs of life every $gap ms"
equal "who speaks" "$PID" "$(speakers)"
filesystem=$(fs_pid)
freeze "$filesystem"
wait_until "no sign of life of a filesystem process that hangs" silent_for 1500
before=$(signs)
kill -CONT "$filesystem"
wait_until "a sign of life" has_signs $((before + 2))
equal "the same process" "$filesystem" "$(fs_pid)"

# One that is alive is left alone by what clears up after a dead one.
check "nothing dead" limit "$ETCDFS" --unmount-dead -c "$conf"
check "it lives" is_usable

# Nobody has time to unmount.
disown "$PID"
freeze "$PID" "$(fs_pid)"
kill -KILL "$PID" "$(fs_pid)" "$(etcd_pid)"
wait_until "all are dead" none_marked
PID=
check "a dead mount" is_mounted
fails "on a mountpoint that is none" "does not exist" limit "$ETCDFS" --unmount-dead "$DIR/nothing"
check "it is taken off" limit "$ETCDFS" --unmount-dead -c "$conf" 2>>"$LOG"
expect_log "taking the dead mount of an earlier run off"
check "no mount" is_unmounted
check "nothing more to do" limit "$ETCDFS" --unmount-dead -c "$conf"
rm -r "$RUN"
