#!/bin/bash
# etcd's quota is reached on three members: after deleting on one of them all can write again by themselves.
# Statements: 154.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/cluster.sh"
. "$TOP/tests/lib/writers.sh"
. "$TOP/tests/lib/full.sh"

expect_log "has reached its quota"
expect_log "has room again"
allow_log "truncation"
start_cluster 3 -e quota-backend-bytes=8388608
in_mount 'mkdir big'
start_writers 3 "${MNTS[@]}"
fill_up
for i in 0 1 2; do
	no_room "a write on member $i" in_member $i 'echo x >big/0'
done
heals "deleting" in_member 1 'rm -r big'
# A member whose file is still large raises it once more.
no_alarms() { [ -z "$(ctl alarm list || echo unknown)" ]; }
wait_until "no alarm" no_alarms
judge_writers "$RUN" "${MNTS[@]}"
