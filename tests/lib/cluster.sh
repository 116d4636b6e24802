# Members of one cluster on this machine, each with its own mount.
# shellcheck shell=bash
#
# To be sourced after case.sh. Member 0 is the case's own ($MNT, $PID, $RUN, $DATA), and each member has
#
#	${MNTS[I]} ${PIDS[I]} ${RUNS[I]} ${DATAS[I]} ${NAMES[I]}
#
#   start_cluster N [ARG...]     starts N members and waits until each is usable; all get ARGs
#   start_member I [ARG...]      starts one (again) in the background; member_is_usable I tells when it is usable
#   start_members 'I...' [ARG...]   starts these in the background and waits until each is usable
#   kill_members I...            kills their supervisors, and the processes that these have started
#   end_members I...             sends all SIGTERM; each must end in good order
#   etcd_of I, filesystem_of I   the pid of its etcd, of its filesystem process
#   stop_cluster                 is called by itself at the end of the case
#   in_member I 'SCRIPT' [ARG..] as in_mount, on member I
#   ctl_member I ARG...          as ctl, of member I
#   leader_of I...               the index of that member among these whose .role says leader
#   is_led I...                  whether exactly one of these says leader, the others follower
#
# With NETWORKS=yes each member has a network namespace of its own, all joined by a bridge:
#
#   cut_member I, join_member I  take member I off the bridge, and put it back
#
# All members write into $LOG.
NETWORKS=${NETWORKS:-}
NAMES=("$NAME") MNTS=("$MNT") DATAS=("$DATA") RUNS=("$RUN") PIDS=()
CLUSTER=

in_member() { MNT=${MNTS[$1]} in_mount "${@:2}"; }

ctl_member() { RUN=${RUNS[$1]} ctl "${@:2}"; }

leader_of() {
	local i found=
	for i; do
		has_role "${MNTS[i]}" leader || continue
		[ -z "$found" ] || return 1
		found=$i
	done
	[ -n "$found" ] && echo "$found"
}

is_led() {
	local i
	leader_of "$@" >/dev/null || return 1
	for i; do
		has_role "${MNTS[i]}" leader follower || return 1
	done
}

member_is_usable() { RUN=${RUNS[$1]} MNT=${MNTS[$1]} is_usable; }

# --- Networks ----------------------------------------------------------------------------------

network_of() { echo "$NAME.$1"; }

# The bridge is in a namespace as well, so that the machine's own network has nothing of it.
make_networks() {
	local i
	ip netns add "$NAME.hub"
	ip -n "$NAME.hub" link add hub type bridge
	ip -n "$NAME.hub" link set hub up
	for ((i = 0; i < $1; i++)); do
		ip netns add "$(network_of $i)"
		ip -n "$(network_of $i)" link set lo up
		ip -n "$(network_of $i)" link add eth type veth peer name "m$i" netns "$NAME.hub"
		ip -n "$(network_of $i)" address add "10.99.0.$((i + 1))/24" dev eth
		ip -n "$(network_of $i)" link set eth up
		ip -n "$NAME.hub" link set "m$i" master hub up
	done
}

clear_networks() {
	local network
	for network in $(ip netns list | awk -v name="$NAME." 'index($1, name) == 1 { print $1 }'); do
		ip netns delete "$network"
	done
}

cut_member() { ip -n "$NAME.hub" link set "m$1" down; }

join_member() { ip -n "$NAME.hub" link set "m$1" up; }

# --- Members -----------------------------------------------------------------------------------

# addresses N: HOST:PORT of each member's peers.
addresses() {
	local i
	if [ -n "$NETWORKS" ]; then
		for ((i = 0; i < $1; i++)); do
			echo "10.99.0.$((i + 1)):2380"
		done
	else
		free_ports "$1" | tr ' ' '\n' | sed 's/^/127.0.0.1:/'
	fi
}

name_members() {
	local i=0 address
	CLUSTER=
	for address in $(addresses "$1"); do
		if [ "$i" -gt 0 ]; then
			NAMES[i]=$NAME.$i MNTS[i]=$MNT-$i DATAS[i]=$DATA-$i RUNS[i]=$RUN.$i
			mkdir -m 0700 "${MNTS[i]}"
		fi
		CLUSTER+=${CLUSTER:+,}${NAMES[i]}=${SCHEME:-http}://$address
		i=$((i + 1))
	done
}

start_member() {
	local i=$1 enter=()
	shift
	[ -z "$NETWORKS" ] || enter=(nsenter "--net=/run/netns/$(network_of "$i")")
	setsid env --default-signal=INT "${enter[@]}" "$ETCDFS" -f -e "name=${NAMES[i]}" \
		-e "data-dir=${DATAS[i]}" -e "initial-cluster=$CLUSTER" \
		-e "initial-cluster-token=$NAME" "$@" "${MNTS[i]}" >>"$LOG" 2>&1 </dev/null &
	PIDS[i]=$!
	[ "$i" != 0 ] || PID=$!
}

start_cluster() {
	local n=$1
	shift
	if [ -n "$NETWORKS" ]; then
		AT_END+=(clear_networks)
		make_networks "$n"
	fi
	name_members "$n"
	[ "${SCHEME:-http}" != http ] || expect_log "members' traffic goes over http://"
	allow_log "waiting for a quorum|the members' clocks differ" # when the machine is slow
	AT_END=(stop_cluster "${AT_END[@]}")
	start_members "${!MNTS[*]}" "$@"
}

start_members() {
	local i
	for i in $1; do
		start_member "$i" "${@:2}"
	done
	for i in $1; do
		wait_until "member $i" has_role_or_is_over "$i"
		is_alive "${PIDS[i]}" || die "member $i ended at its start"
	done
}

has_role_or_is_over() { is_gone "${PIDS[$1]}" || has_role "${MNTS[$1]}" leader follower; }

etcd_of() { PID=${PIDS[$1]} etcd_pid; }
filesystem_of() { PID=${PIDS[$1]} fs_pid; }

kill_members() {
	local i children=
	for i; do
		children+=" $(pgrep -P "${PIDS[i]}")"
	done
	for i; do
		kill -KILL "${PIDS[i]}"
	done
	for i in $children; do
		wait_until "the end of what a member has started" is_gone "$i"
	done
	for i; do
		wait "${PIDS[i]}" 2>/dev/null || true
	done
}

end_members() {
	local i
	for i; do
		kill -TERM "${PIDS[i]}"
	done
	for i; do
		wait_until "the end of member $i" is_gone "${PIDS[i]}"
		wait "${PIDS[i]}" || die "member $i ended with status $?"
	done
}

# All are told at once: a member that is left alone takes longer to end. Who is alone with PID
# judges its exit status.
stop_cluster() {
	local i pids=()
	for i in "${!PIDS[@]}"; do
		is_gone "${PIDS[i]}" || pids+=("${PIDS[i]}")
	done
	[ "${#pids[@]}" = 0 ] || kill -TERM "${pids[@]}"
	for i in "${!PIDS[@]}"; do
		wait_until "the end of member $i" is_gone "${PIDS[i]}"
		is_unmounted "${MNTS[i]}" || die "the mount of member $i is left"
		[ ! -e "${RUNS[i]}" ] || die "the run directory of member $i is left"
	done
}
