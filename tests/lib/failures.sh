#!/bin/bash
# Makes random failures on three members, under writers, for some time; then judges as tests/cases/survival does.
#
#	tests/lib/failures.sh SECONDS [SEED]      a part of tests/torture
#
# Every failure heals before the next. The choice of failures follows from the seed, which is printed;
# what the kernel and etcd do then does not.
DURATION=$1
SEED=${2:-$RANDOM}
WATCHDOG=$((DURATION + 300))
WRITERS_SEED=$SEED
HEALED=${HEALED:-60}
LONGEST=${LONGEST:-60}
. "$(dirname "$0")/case.sh"
. "$TOP/tests/lib/cluster.sh"
. "$TOP/tests/lib/writers.sh"
RANDOM=$SEED
say "seed $SEED"

allow_log "."
OPTIONS=(-o timeout=2)
start_cluster 3 "${OPTIONS[@]}"
start_writers 6 "${MNTS[@]}"

notifier_of() { child_named "$(filesystem_of "$1")" etcdfs-notify; }

# some_members: one, two or three of them.
some_members() {
	case $((RANDOM % 4)) in
	0) echo 0 1 2 ;;
	1) echo 0 1 2 | tr ' ' '\n' | grep -vx $((RANDOM % 3)) | paste -sd ' ' ;;
	*) echo $((RANDOM % 3)) ;;
	esac
}

# The processes of a failure, by their pids; those that are not there at the moment are left out.
pids_of() {
	local what=$1 i
	shift
	for i; do
		"${what}_of" "$i" || true
	done
}

stop_for_a_while() {
	kill -STOP "$@" || true
	sleep "$((RANDOM % 4)).$((RANDOM % 10))"
	kill -CONT "$@" || true
}

restart_members() {
	end_members "$@"
	start_members "$*" "${OPTIONS[@]}"
}

# shellcheck disable=SC2046,SC2086
fail_somehow() {
	local members kind
	members=$(some_members)
	kind=$((RANDOM % 8))
	case $kind in
	0 | 1) what="kill etcd of $members"; kill -KILL $(pids_of etcd $members) ;;
	2) what="kill filesystem of $members"; kill -KILL $(pids_of filesystem $members) ;;
	3) what="kill notifier of $members"; kill -KILL $(pids_of notifier $members) ;;
	4)
		what="kill etcd and filesystem of $members"
		kill -KILL $(pids_of etcd $members) $(pids_of filesystem $members)
		;;
	5) what="stop etcd of $members"; stop_for_a_while $(pids_of etcd $members) ;;
	6) what="stop filesystem of $members"; stop_for_a_while $(pids_of filesystem $members) ;;
	7) what="restart $members"; restart_members $members ;;
	esac
}

end=$((SECONDS + DURATION)) count=0
while [ "$SECONDS" -lt "$end" ]; do
	fail_somehow
	count=$((count + 1))
	wait_writes "$count: $what"
	[ $((RANDOM % 3)) = 0 ] || sleep "0.$((RANDOM % 10))"
done
judge_writers "$RUN" "${MNTS[@]}"
say "$count failures, seed $SEED: nothing lost"
