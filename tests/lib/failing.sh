# Random failures of the members of a cluster; each has healed, but for the starts of etcd, when it returns.
# shellcheck shell=bash
#
# To be sourced after case.sh and cluster.sh.
#
#   fail_somehow [ARG...]   one of some kinds, of one or more members; $what says which. Members that are
#                           started again get ARGs. What is chosen follows from $RANDOM.
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

# shellcheck disable=SC2046,SC2086
fail_somehow() {
	local members kind
	members=$(some_members)
	kind=$((RANDOM % 9))
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
	7) what="restart $members"; end_members $members; start_members "$members" "$@" ;;
	8) what="kill supervisor of $members"; kill_members $members; start_members "$members" "$@" ;;
	esac
}
