# Two members of one cluster on this machine, each with its own mount.
# shellcheck shell=bash
#
# To be sourced after case.sh. Node A is the case's own ($MNT, $PID, $RUN, $DATA); node B is
#
#	$MNT_B $PID_B $RUN_B $DATA_B
#
#   start_two [ARG...]      both, until both are usable; ARGs are handed to both
#   in_b 'SCRIPT' [ARG...]  as in_mount, on node B
#   ctl_b ARG...            as ctl, of node B
#
# Both write into $LOG.
MNT_B=$DIR/mnt-b
DATA_B=$DIR/data-b
RUN_B=$RUN.b
PID_B=
export MNT_B
mkdir -m 0700 "$MNT_B"

in_b() { MNT=$MNT_B in_mount "$@"; }

ctl_b() { RUN=$RUN_B ctl "$@"; }

free_ports() {
	python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*[s.getsockname()[1] for s in sockets])'
}

# node NAME DATA MNT ARG...: one etcdfs in the background.
node() {
	setsid env --default-signal=INT "$ETCDFS" -f -e "name=$1" -e "data-dir=$2" \
		-e "initial-cluster=$CLUSTER" -e "initial-cluster-token=$NAME" "${@:4}" "$3" \
		>>"$LOG" 2>&1 </dev/null &
}

start_a() {
	node "$NAME" "$DATA" "$MNT" "$@"
	PID=$!
}

start_b() {
	node "$NAME.b" "$DATA_B" "$MNT_B" "$@"
	PID_B=$!
}

b_is_mounted_or_over() { is_gone "$PID_B" || is_mounted "$MNT_B"; }

# has_role MNT WORD...: does its .role say one of the words?
has_role() {
	local role word
	role=$(timeout 5 cat "$1/.role") || return 1
	for word in "${@:2}"; do
		[ "$role" != "$word" ] || return 0
	done
	return 1
}

start_two() {
	local a b
	read -r a b <<<"$(free_ports)"
	CLUSTER="$NAME=http://127.0.0.1:$a,$NAME.b=http://127.0.0.1:$b"
	expect_log "members' traffic goes over http://"
	allow_log "waiting for a quorum" # when the machine is slow
	start_a "$@"
	start_b "$@"
	wait_until "node A" is_mounted_or_over
	wait_until "node B" b_is_mounted_or_over
	is_alive "$PID" && is_alive "$PID_B" || die "etcdfs ended at its start"
	wait_until "the role of A" has_role "$MNT" leader follower
	wait_until "the role of B" has_role "$MNT_B" leader follower
	AT_END+=(stop_two)
}

# A subshell of at_exit calls this: A is left to stop_at_exit, but told at the same time.
stop_two() {
	is_alive "$PID_B" || return 0
	kill -TERM "$PID" "$PID_B"
	wait_until "the end of node B" is_gone "$PID_B"
	is_unmounted "$MNT_B" || die "the mount of node B is left"
	[ ! -e "$RUN_B" ] || die "the run directory of node B is left"
}
