#!/bin/bash
# Three nodes, each started as its unit does it, from a configuration file of its own, form a cluster.
# Statements: 316.
. "$(dirname "$0")/../lib/case.sh"
# shellcheck source=tests/lib/cluster.sh
. "$TOP/tests/lib/cluster.sh"
# shellcheck source=tests/lib/manager.sh
. "$TOP/tests/lib/manager.sh"

SCHEME=https
start_member() {
	start_service "$DIR/etcdfs/${NAMES[$1]}.conf" "$(manager_of "$1")"
	PIDS[$1]=$PID
	PID=${PIDS[0]:-}
}
is_ready() { has_heard '^READY=1' "$1"; }
leaders() { cat "$DIR"/said[0-9] | grep -c 'STATUS=leader, .*[0-9]$'; }

AT_END=(stop_cluster "${AT_END[@]}")
allow_log "the members' clocks differ|waiting for a quorum"
name_members 3
for i in 0 1 2; do
	write_conf "$DIR/etcdfs/${NAMES[i]}.conf" "${MNTS[i]}" "[etcd]" "data-dir = ${DATAS[i]}" \
		"listen-peer-urls = $(tr ',' '\n' <<<"$CLUSTER" | sed -n "s/^${NAMES[i]}=//p")" \
		"initial-cluster = \"$CLUSTER\"" "initial-cluster-token = $NAME"
	start_manager "${MNTS[i]}" "$i"
done

# The first one does not wait for the others: systemctl start returns.
start_member 0
wait_until "the first one is ready" is_ready 0
check "it says what it waits for" has_heard 'STATUS=[a-z]+, term [0-9]+, revision [0-9]+: waiting for a quorum' 0
start_member 1
start_member 2
wait_until "the second" is_ready 1
wait_until "the third" is_ready 2
wait_until "one leads" is_led 0 1 2
for i in 0 1 2; do
	wait_until "its status line" has_heard 'STATUS=(leader|follower), term [0-9]+, revision [0-9]+$' "$i"
done
in_member 0 'echo from the first >key'
equal "one keyspace" "from the first" "$(in_member 2 'cat key')"

# As systemd does it after a failure: started once more, with the same file.
kill_members 1
: >"$DIR/said1"
start_member 1
wait_until "ready again" is_ready 1
equal "the same keyspace" "from the first" "$(in_member 1 'cat key')"
