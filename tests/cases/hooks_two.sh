#!/bin/bash
# Two nodes: when the leader is lost, the hooks of both report it, in the order of the terms.
# Statements: 102, 130, 131, 134.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/two.sh"

allow_log "etcd"
# A line a hook: NODE HOOK ROLE TERM.
hook() { echo "echo \${ETCDFS_MOUNT##*/} $1 \$ETCDFS_ROLE \$ETCDFS_TERM >>$DIR/told"; }
: >"$DIR/told"
start_two -H "on-leader=$(hook on-leader)" -H "on-follower=$(hook on-follower)" -H "on-change=$(hook on-change)"

# last NODE: the last that it was told of its leadership.
last() { grep -E "^$1 on-(leader|follower)" "$DIR/told" | tail -n 1 | cut -d ' ' -f 2; }
is_last() { [ "$(last "$1")" = "$2" ]; }
last_role() { grep "^$1 on-change" "$DIR/told" | tail -n 1 | cut -d ' ' -f 3; }
one_leads() { [ "$( (last mnt; last mnt-1) | sort | paste -sd ' ')" = "on-follower on-leader" ]; }
wait_until "one leads" one_leads

for _ in 1 2; do
	wait_until "one leads" one_leads
	leader=mnt other=mnt-1 pid=$PID
	[ "$(last mnt)" = on-leader ] || leader=mnt-1 other=mnt pid=$PID_B
	etcd=$(child_named "$pid" etcd)
	# Without its leader a cluster of two has none: both are told.
	freeze "$etcd"
	wait_until "the leader has heard" is_last "$leader" on-follower
	wait_until "the other has none" eval 'last_role "$other" | grep -qE "candidate|offline"'
	kill -CONT "$etcd"
	wait_until "one leads again" one_leads
done

# Handed over: who takes it over says so in its own term.
hand_over() {
	local to id
	leader=$(leader_of 0 1) || return
	to=$((1 - leader))
	id=$(ctl_member "$leader" member list | sed -n "s/, started, ${NAMES[to]}, .*//p")
	ctl_member "$leader" move-leader "$id"
}
for _ in 1 2 3 4 5 6; do
	wait_until "handed over" hand_over
	wait_until "one leads after it" is_led 0 1
done

for node in mnt mnt-1; do
	grep "^$node " "$DIR/told" | cut -d ' ' -f 4 >"$DIR/terms"
	check "$node: in order of the terms: $(paste -sd ' ' "$DIR/terms")" sort -nc "$DIR/terms"
done
# What the hooks said last is what the roles are.
wait_until "the same words" eval '
	role=$(in_mount "cat .role"); role_b=$(in_b "cat .role")
	[ "$(last mnt) $(last mnt-1)" = "on-$role on-$role_b" ]'
equal "one leads a term" "" "$(grep on-leader "$DIR/told" | sort -u -k 4,4 -k 1,1 | cut -d ' ' -f 4 | sort | uniq -d)"
