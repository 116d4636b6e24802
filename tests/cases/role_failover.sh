#!/bin/bash
# A leader that is killed, stopped or cut off says `leader` for less than an election timeout more.
# Statements: 101-103.
. "$(dirname "$0")/../lib/case.sh"
NETWORKS=yes
. "$TOP/tests/lib/cluster.sh"
. "$TOP/tests/lib/events.sh"

requires "needs root, for a network of each member's own" unshare --net true
requires "needs iproute2" command -v ip
allow_log "etcd"
# Long, so that what a busy machine adds is little.
ELECTION_MS=${ELECTION_MS:-5000}
start_cluster 3 -e "election-timeout=$ELECTION_MS" -e heartbeat-interval=$((ELECTION_MS / 10))
wait_until "a leader" is_led 0 1 2
background roles python3 -B "$TOP/tests/lib/roles.py" "${MNTS[@]/%//.role}"
wait_until "the roles are read" eval '[ "$(lines_of roles)" -ge 3 ]'

# fell LEADER SINCE_MS: when its role became another one, first after that; nothing if it did not.
fell() {
	awk -v leader="$1" -v since="$2" '
		$1 >= since && $2 == leader && $3 != "leader" { print $1; exit }' "$DIR/roles.events"
}

has_fallen() { [ -n "$(fell "$@")" ]; }

# Of all three, in $leader.
find_leader() { is_led 0 1 2 && leader=$(leader_of 0 1 2); }

# reads WHAT MEMBER VALUE: once there is a leader what begins works, unless another election comes.
reads() {
	local seen got
	until seen=$(lines_of roles); got=$(in_member "$2" 'cat key' 2>&1); do
		[ "$seen" != "$(lines_of roles)" ] || die "$1: $got"
	done
	equal "$1" "$3" "$got"
}

# leads_no_more WHAT HEAL COMMAND ARG...: COMMAND is done to the leader, HEAL ends it.
leads_no_more() {
	local what=$1 heal=$2 leader others since took
	shift 2
	wait_until "$what: a leader" find_leader
	mapfile -t others < <(seq 0 2 | grep -vx "$leader")
	ETCD=$(child_named "${PIDS[leader]}" etcd)
	since=$((${EPOCHREALTIME/[.,]/} / 1000)) # no process is started for it, nor for the kill
	"$1" "$leader"
	wait_until "$what: the old leader's role" has_fallen "$leader" "$since"
	took=$(($(fell "$leader" "$since") - since))
	[ "$took" -lt "$ELECTION_MS" ] || die "$what: still 'leader' after $took ms"
	say "($what: no leader after $took ms)"
	[ -z "${2:-}" ] || "$2" "$leader" "${others[@]}"
	"$heal" "$leader"
}

kill_etcd() { kill -KILL "$ETCD"; }
stop_etcd() { freeze "$ETCD"; }
go_on_etcd() { kill -CONT "$ETCD"; }
stop_supervisor() { freeze "${PIDS[$1]}"; }
go_on_supervisor() { kill -CONT "${PIDS[$1]}"; }

# One of the others leads, and the one that was cut off says that it knows no leader.
others_go_on() {
	wait_until "another leader" is_led "$2" "$3"
	wait_until "a candidate" has_role "${MNTS[$1]}" candidate offline
	wait_until "a write elsewhere" in_member "$2" 'echo new >key; grep -qx new key'
	reads "read by the other" "$3" new
}

# Readers on all, as etcd 3.4 loses reads that come right after an election.
cat >"$DIR/read.py" <<'PYTHON'
import sys, threading, time
def read(path):
    while True:
        try:
            open(path).read()
        except OSError:
            pass
        time.sleep(0.002)
for path in sys.argv[1:]:
    for _ in range(4):
        threading.Thread(target=read, args=(path,)).start()
PYTHON

answers_readers() {
	local i
	wait_until "a new leader" is_led 0 1 2 # perhaps the old one, which was started again
	for i in "$2" "$3"; do
		reads "what member $i reads with a new leader" "$i" old
	done
}

wait_until "a write" in_mount 'echo old >key; grep -qx old key'
background read python3 -B "$DIR/read.py" "${MNTS[@]/%//key}"
leads_no_more "etcd killed under readers" true kill_etcd answers_readers
leads_no_more "etcd killed again" true kill_etcd answers_readers
kill "$WATCHER_read"
leads_no_more "etcd killed" true kill_etcd
leads_no_more "etcd stopped" go_on_etcd stop_etcd others_go_on
leads_no_more "cut off" join_member cut_member others_go_on
leads_no_more "supervisor stopped" go_on_supervisor stop_supervisor
wait_until "a leader" is_led 0 1 2
reads "what was written" 0 new
