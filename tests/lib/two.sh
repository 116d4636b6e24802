# Two members of one cluster, with names that are easier to read in a case of exactly two.
# shellcheck shell=bash
#
# To be sourced after case.sh. Node A is the case's own ($MNT, $PID, $RUN, $DATA); node B is
#
#	$MNT_B $PID_B $RUN_B $DATA_B
#
#   start_two [ARG...]      starts both and waits until both are usable; both get ARGs
#   in_b 'SCRIPT' [ARG...]  as in_mount, on node B
#   ctl_b ARG...            as ctl, of node B
#
# shellcheck source=tests/lib/cluster.sh
. "$TOP/tests/lib/cluster.sh"
MNT_B=$MNT-1
DATA_B=$DATA-1
RUN_B=$RUN.1
PID_B=
export MNT_B

in_b() { in_member 1 "$@"; }

ctl_b() { ctl_member 1 "$@"; }

start_b() {
	start_member 1 "$@"
	PID_B=${PIDS[1]}
}

start_two() {
	start_cluster 2 "$@"
	PID_B=${PIDS[1]}
}
