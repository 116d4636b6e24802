#!/bin/bash
# The watchdog of the service manager is told of life while the filesystem answers.
# Statements: 314.
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
kill -STOP "$filesystem"
wait_until "no sign of life of a filesystem process that hangs" silent_for 1500
before=$(signs)
kill -CONT "$filesystem"
wait_until "a sign of life" has_signs $((before + 2))
equal "the same process" "$filesystem" "$(fs_pid)"
