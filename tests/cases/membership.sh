#!/bin/bash
# A node joins a running cluster with one option, is a voter when its start returns, and leaves again.
# Statements: 121, 123, 127, 128.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/cluster.sh"

requires "needs jq" command -v jq
allow_log "does not answer|answers again"
# When the machine is slow.
allow_log "waiting for a quorum|stays a learner so far"
# etcd 3.5 may panic while it is being removed; started again, it is told that it was.
allow_log "etcd ended with status 2 .*; it is started again"
expect_log "members' traffic goes over http://"
read -r port_a port_b <<<"$(free_ports 2)"
mkdir -m 0700 "$MNT-b"
NAMES[1]=$NAME.b MNTS[1]=$MNT-b DATAS[1]=$DATA-b RUNS[1]=$RUN.b

# members WHAT: of A's list, by jq.
members() { limit cat "$MNT/.etcd/members" | jq -r "$1"; }

b=(-e "name=${NAMES[1]}" -e "data-dir=${DATAS[1]}" -e "listen-peer-urls=http://127.0.0.1:$port_b"
	--join "unix://$RUN/client:0" "${MNTS[1]}")
# join: B in the background, until its start returns. Its log is the system's from then on.
join() { limit "$ETCDFS" "${b[@]}" 2>>"$LOG"; }
# join_in_front: until it is usable, with its log in ours.
join_in_front() {
	setsid "$ETCDFS" -f "${b[@]}" >>"$LOG" 2>&1 </dev/null &
	PIDS[1]=$!
	wait_until "B" has_role "${MNTS[1]}" leader follower
}
# ended_with STATUS: B has ended, and has left nothing but its data.
ended_with() {
	local status=0
	wait_until "the end of B" is_gone "${PIDS[1]}"
	wait "${PIDS[1]}" || status=$?
	equal "B's exit status" "$1" "$status"
	b_is_gone
}
b_is_gone() {
	is_unmounted "${MNTS[1]}" || die "B's mount is left"
	[ ! -e "${RUNS[1]}" ] || die "B's run directory is left"
}
# ends_in_background COMMAND...: after it B, whose process its lock names, is gone.
ends_in_background() {
	local pid
	read -r pid _ <"${RUNS[1]}/etcdfs.lock"
	"$@"
	is_unmounted "${MNTS[1]}" || die "B's mount is left"
	wait_until "B has ended" is_gone "$pid"
	b_is_gone
}

start_mount -e "listen-peer-urls=http://127.0.0.1:$port_a"
in_mount 'echo before >key'

join
equal "B sees what was there, at once" before "$(in_member 1 'cat key')"
equal "two voters" "$NAME false
$NAME.b false" "$(members 'sort_by(.name)[] | "\(.name) \(.learner)"')"
in_member 1 'echo from-b >key-b'
equal "A sees what B writes" from-b "$(in_mount 'cat key-b')"
wait_until "one leads" is_led 0 1

# A restart with the same command simply starts; without it, too.
ends_in_background take_off umount "${MNTS[1]}"
join
wait_until "B has A's changes" in_member 1 'test -e key'
equal "still two" 2 "$(members length)"

# It leaves: mount, process and run directory go, the data stay and are refused.
ends_in_background limit "$ETCDFS" --leave "${MNTS[1]}"
wait_until "A is alone" members 'if length == 1 then . else error end'
wait_until "A leads" has_role "$MNT" leader # B may have led
equal "A goes on" from-b "$(in_mount 'echo after >key; cat key-b')"
refuses_b() {
	fails "$1" "$2" limit "$ETCDFS" "${b[@]}"
	one_line "$1"
	b_is_gone
}
refuses_b "a member that has left" "${DATAS[1]} is of a member that was removed from its cluster"
fails "the last one cannot leave" "last member" limit "$ETCDFS" --leave "$MNT"
fails "nothing is mounted" "no etcdfs of yours" limit "$ETCDFS" --leave "${MNTS[1]}"
equal "A goes on" after "$(in_mount 'cat key')"

# The way back that the line names.
mv "${DATAS[1]}" "${DATAS[1]}.1"
join_in_front
equal "B is back" after "$(in_member 1 'cat key')"
expect_log "left the cluster; the data directory .* stays"
limit "$ETCDFS" --leave "${MNTS[1]}"
ended_with 0

# Removed by somebody else: it ends, and says why.
mv "${DATAS[1]}" "${DATAS[1]}.2"
join_in_front
# Perhaps it was, and the answer came too late.
removed() {
	local id
	id=$(members '.[] | select(.name == "'"$NAME.b"'") | .id') || return 1
	[ -z "$id" ] || ctl member remove "$id"
}
wait_until "etcdctl removes it" removed
expect_log "this member was removed from its cluster"
ended_with 1
wait_until "A leads alone" has_role "$MNT" leader
equal "A goes on" after "$(in_mount 'cat key')"
