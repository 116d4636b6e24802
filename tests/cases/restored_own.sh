#!/bin/bash
# The data of etcdfs' own etcd are replaced by those of a backup to which other clients have written since.
# Statements: 100, 263, 264, 388.
. "$(dirname "$0")/../lib/case.sh"

expect_log "lost sight of etcd's changes \(it has another history\)"
allow_log "etcd \(pid [0-9]+\) (was killed|died|ended|is started)|started again|no answer"
LIMIT=40
start_mount
in_mount 'for k in k1 k2 k3; do printf old >"$k"; done'
ctl snapshot save "$DIR/backup" >/dev/null 2>&1
# Each start of etcd has a later term. The backup's terms count anew: the member leads in one that it had before.
another_etcd() { [ "$(etcd_pid)" != "${1:-}" ] && has_role "$MNT" leader; }
for i in 1 2; do
	etcd=$(etcd_pid)
	kill -KILL "$etcd"
	wait_until "the end of etcd" is_gone "$etcd"
	wait_until "another etcd" another_etcd "$etcd"
done
LIMIT=300 in_mount 'exec cat .etcd/watch' >"$DIR/stream" &
STREAM=$!
n=0
follows() { in_mount 'printf lost >"lost$1"' "$((++n))" && grep -q lost "$DIR/stream"; }
wait_until "the stream" follows
in_mount 'printf lost >k1; rm k2'
equal "before" "k1 k3" "$(in_mount 'echo k*')"
r=$(revision)
equal "the past before" "k1 k3" "$(in_mount 'cd ".etcd/at/$1" && echo k*' "$r")"

# While nobody sees it: with etcdfs stopped, etcd can be another.
etcd=$(etcd_pid)
there=http://127.0.0.1:$(free_ports 1)
peers=unix://peer:0
freeze "$PID"
kill -KILL "$etcd"
wait_until "the end of etcd" is_gone "$etcd"
rm -rf "$DATA"
etcdctl snapshot restore "$DIR/backup" --name "$NAME" --data-dir "$DATA" \
	--initial-cluster "$NAME=$peers" --initial-advertise-peer-urls "$peers" >"$DIR/restore" 2>&1
mkdir "$DIR/elsewhere"
(cd "$DIR/elsewhere" && exec etcd --name "$NAME" --data-dir "$DATA" --logger=zap --listen-peer-urls "$peers" \
	--listen-client-urls "$there" --advertise-client-urls "$there") >"$DIR/etcd.log" 2>&1 &
OTHER=$!
elsewhere() { limit etcdctl --endpoints="$there" "$@"; }
wait_until "etcd elsewhere" elsewhere get nothing
for i in {1..12}; do elsewhere put "new$i" x >/dev/null; done
kill -TERM "$OTHER"
wait "$OTHER" || true
kill -CONT "$PID"

wait_until "the mount" in_mount 'ls >/dev/null'
equal "after" "$(keys | sort | tr '\n' ' ')" "$(in_mount 'ls' | sort | grep -v '^\.' | tr '\n' ' ')"
equal "what was lost" "old old" "$(in_mount 'echo "$(cat k1) $(cat k2)"')"
another_past() { [ "$(in_mount 'cd ".etcd/at/$1" && echo k*' "$r")" = "k1 k2 k3" ]; }
wait_until "the same revision, of another past" another_past
wait "$STREAM" || die "the stream: $?"
equal "the stream's end" '{"type":"replaced"' "$(tail -n 1 "$DIR/stream" | cut -d, -f1)"
wait_until "writing" in_mount 'printf mine >k1'
equal "and it goes on" mine "$(value_of k1)"
wait_until "the role" has_role "$MNT" leader
