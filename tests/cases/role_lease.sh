#!/bin/bash
# Two mounts never say `leader` at once: the leader is stopped, alone or with its etcdfs, or ended.
# Statements: 102, 283.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/cluster.sh"
. "$TOP/tests/lib/events.sh"

ROUNDS=${ROUNDS:-"both both both both both etcd purpose purpose users"}
allow_log "etcd"
start_cluster 3
wait_until "a leader" is_led 0 1 2
background leaders python3 -B "$TOP/tests/lib/leaders.py" "${MNTS[@]}"
reader=$WATCHER

# Of all three, in $leader.
find_leader() { is_led 0 1 2 && leader=$(leader_of 0 1 2); }

leads_elsewhere() { is_led "${others[@]}"; }

# The longest that an old word lasts is that of a supervisor that cannot take it back.
stop_both() { freeze "${PIDS[leader]}" "$etcd"; }
heal_both() { kill -CONT "${PIDS[leader]}" "$etcd"; }
stop_etcd() { freeze "$etcd"; }
heal_etcd() { kill -CONT "$etcd"; }
# The supervisor may not read any more: the leader's word begins, and goes on, without that.
stop_users() {
	ctl user add root:x >&2
	ctl user grant-role root root >&2
	ctl auth enable >&2
	stop_etcd
}
heal_users() { heal_etcd; }
stop_purpose() { kill -TERM "${PIDS[leader]}"; }
heal_purpose() {
	wait_until "its end" is_gone "${PIDS[leader]}"
	start_member "$leader"
}

for how in $ROUNDS; do
	wait_until "$how: a leader" find_leader
	mapfile -t others < <(seq 0 2 | grep -vx "$leader")
	etcd=$(child_named "${PIDS[leader]}" etcd)
	"stop_$how"
	wait_until "$how: another leader" leads_elsewhere
	"heal_$how"
done
wait_until "a leader at the end" is_led 0 1 2

kill -TERM "$reader"
wait_until "the reader's end" is_gone "$reader"
grep -E "overlap" "$DIR/leaders.events" >&2
[ ! -s "$DIR/leaders.err" ] || die "$(cat "$DIR/leaders.err")"
read -r led _ <<<"$(tail -n 1 "$DIR/leaders.events")"
# The readers read: on a machine that is late two words of one mount may look like one.
[ "$led" -gt $(($(wc -w <<<"$ROUNDS") / 2)) ] || die "only $led times was a leader read"
grep -qx "$led leaders, 0 overlaps" "$DIR/leaders.events" || die "two leaders at once"
