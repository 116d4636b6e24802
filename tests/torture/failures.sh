#!/bin/bash
# Processes of three members are killed and stopped, under writers, as in tests/cases/survival_three.
#
#	tests/torture/failures.sh SECONDS [SEED]
#
# Every failure heals before the next. The choice of failures follows from the seed, which is printed;
# what the kernel and etcd do then does not.
DURATION=$1
SEED=${2:-$RANDOM}
WATCHDOG=$((DURATION + 300))
WRITERS_SEED=$SEED
HEALED=${HEALED:-60}
LONGEST=${LONGEST:-60}
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/cluster.sh"
. "$TOP/tests/lib/failing.sh"
. "$TOP/tests/lib/writers.sh"
RANDOM=$SEED
say "seed $SEED"

allow_log "."
OPTIONS=(-o timeout=2)
start_cluster 3 "${OPTIONS[@]}"
start_writers 6 "${MNTS[@]}"
end=$((SECONDS + DURATION)) count=0
while [ "$SECONDS" -lt "$end" ]; do
	fail_somehow "${OPTIONS[@]}"
	count=$((count + 1))
	wait_writes "$count: $what"
	[ $((RANDOM % 3)) = 0 ] || sleep "0.$((RANDOM % 10))"
done
judge_writers "$RUN" "${MNTS[@]}"
say "$count failures, seed $SEED: nothing lost"
