#!/bin/bash
# A learner that was started by hand is mounted, .role says so, nothing hangs, and it serves once it is promoted.
# Statements: 126.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/cluster.sh"

requires "needs jq" command -v jq
expect_log "members' traffic goes over http://"
expect_log "mounted, but waiting for (somebody to promote this learner|a quorum)"
read -r port_a port_b <<<"$(free_ports 2)"
mkdir -m 0700 "$MNT-b"
NAMES[1]=$NAME.b MNTS[1]=$MNT-b DATAS[1]=$DATA-b RUNS[1]=$RUN.b
urls="$NAME=http://127.0.0.1:$port_a,$NAME.b=http://127.0.0.1:$port_b"

start_mount -e "listen-peer-urls=http://127.0.0.1:$port_a"
in_mount 'echo x >key'
ctl member add "$NAME.b" --learner --peer-urls="http://127.0.0.1:$port_b" >/dev/null
setsid "$ETCDFS" -f -o timeout=1 -e "name=$NAME.b" -e "data-dir=$DATA-b" \
	-e "initial-cluster=$urls" -e initial-cluster-state=existing "$MNT-b" >>"$LOG" 2>&1 </dev/null &
PIDS[1]=$!
wait_until "the learner" has_role "$MNT-b" learner
health_is() { [ "$(limit cat "$MNT-b/.etcd/status" | jq -r .health)" = "$1" ]; }
wait_until "health" health_is "a learner does not serve: it has to be promoted first"
fails "a read" "timed out" limit cat "$MNT-b/key"
fails "a write" "timed out" limit sh -c 'echo y >"$1"' sh "$MNT-b/key"
fails "its leaving" "a learner cannot ask for it" limit "$ETCDFS" --leave "$MNT-b"

promote() { ctl member promote "$(ctl member list | grep -F "$NAME.b," | cut -d, -f1)"; }
wait_until "it is in sync, and promoted" promote
wait_until "it serves" has_role "$MNT-b" leader follower
wait_until "it has the data" in_member 1 'test "$(cat key)" = x'
kill -TERM "$PID" "${PIDS[1]}"
wait_until "the end of B" is_gone "${PIDS[1]}"
