#!/bin/bash
# etcd's quota reached on three members: after deleting on one of them all can write again by themselves.
# Statements: 154.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/cluster.sh"
. "$TOP/tests/lib/writers.sh"

expect_log "has reached its quota"
expect_log "has room again"
allow_log "truncation"
start_cluster 3 -e quota-backend-bytes=8388608
in_mount 'mkdir big'
start_writers 3 "${MNTS[@]}"
# Of the first that has no room nothing may be known; the second is refused.
# shellcheck disable=SC2016
fails "filling it" "No space left" in_mount \
	'for i in {1..200}; do head -c 500000 /dev/urandom >big/$i || break; done; head -c 500000 /dev/urandom >big/$i'
for i in 0 1 2; do
	fails "a write on member $i" "No space left" in_member $i 'echo x >big/0'
done
heals "deleting" in_member 1 'rm -r big'
equal "the alarms" "" "$(ctl alarm list)"
judge_writers "$RUN" "${MNTS[@]}"
