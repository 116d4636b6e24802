#!/bin/bash
# etcd killed and started again under a stream: no line is lost, and none comes twice.
# Statements: 51.
. "$(dirname "$0")/../lib/case.sh"

expect_log 'etcd killed by signal 9 .*; it is started again'
allow_log 'etcd .*; it is started again'
LIMIT=150 # the readers run through all of it, and a loaded machine takes its time
start_mount
export ENDPOINT=unix://$RUN/client:0

# On one node with one keyspace the stream of the root has every revision.
reader='import json, sys
first, done = int(sys.argv[1]), sys.argv[2]
with open(sys.argv[3]) as stream:
    print("open", flush=True)
    revision = first
    for line in stream:
        event = json.loads(line)
        assert event["type"] in ("put", "delete"), event
        assert event["revision"] == revision + 1, (revision, event)
        revision += 1
        if event["key"] == done:
            break
print(revision, flush=True)'
writer='for i in {1..400}; do echo $i >key-$((i % 10)); done; true'

first=$(revision)
in_mount 'python3 -c "$@"' "$reader" "$first" END .etcd/watch >"$DIR/lines" &
watcher=$!
in_mount 'python3 -c "$@"' "$reader" 1 END .etcd/since/0 >"$DIR/since" &
since=$!
# Sooner than the readers end by themselves, so that one that hangs is still there to be looked at.
LIMIT=100 wait_until "the first stream" grep -q open "$DIR/lines"
LIMIT=40 wait_until "the second stream" grep -q open "$DIR/since"
for round in 1 2; do
	before=$(revision)
	in_mount "$writer" 2>/dev/null &
	writing=$!
	wait_until "some writes" eval '[ "$(revision)" -gt $((before + 20)) ]'
	etcd=$(etcd_pid)
	kill -KILL "$etcd"
	wait "$writing"
	wait_until "a new etcd" eval '[ -n "$(etcd_pid)" ] && [ "$(etcd_pid)" != "$etcd" ]'
	wait_until "the mount to work" in_mount "echo $round >after-$round"
done
wait_until "the last key" ctl put END 1
check "the lines of watch" wait "$watcher"
check "the lines of since" wait "$since"
equal "the last one" "$(revision)" "$(tail -n 1 "$DIR/lines")"

# Opened while etcd is down: an error in time, or a stream that works.
kill -KILL "$(etcd_pid)"
in_mount 'timeout 90 head -c 1 .etcd/since/0 >/dev/null || [ $? != 124 ]'
wait_until "the mount to work" in_mount 'exec 3<.etcd/watch; echo x >last || exit
	read -r line <&3; [[ $line == *last* ]]'
