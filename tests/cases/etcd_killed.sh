#!/bin/bash
# etcd is killed: the supervisor starts it again, the mount goes on, and nothing acknowledged is lost.
# Statements: 24, 34.
. "$(dirname "$0")/../lib/case.sh"

expect_log etcd
start_mount

in_mount 'for i in {1..20}; do echo $i >key-$i; done'
for round in 1 2; do
	etcd=$(etcd_pid)
	[ -n "$etcd" ] || die "etcdfs has no etcd"
	kill -KILL "$etcd"
	wait_until "a new etcd" eval '[ -n "$(etcd_pid)" ] && [ "$(etcd_pid)" != "$etcd" ]'
	wait_until "the mount to work" in_mount "echo $round >after-$round"
	equal "what was there" 20 "$(in_mount 'cat key-* | wc -l')"
	equal "what was written since" "$round" "$(value_of "after-$round")"
done
wait_until "the role" has_role "$MNT" leader

# Writes through a crash: each ends, and what ended well is there. (A shell does not say how a
# close ended; Python does.)
writer='import itertools, os, sys
with open(sys.argv[1] + "/done", "w", buffering=1) as done:
    for i in itertools.count():
        if os.path.exists(sys.argv[1] + "/stop"):
            break
        try:
            with open(f"crash-{i}", "w") as file:
                file.write(f"{i}\n")
        except OSError:
            continue
        done.write(f"{i}\n")'
LIMIT=200 in_mount 'python3 -c "$1" "$DIR"' "$writer" &
writer=$!
have_done() { [ "$(wc -l <"$DIR/done")" -gt "$1" ]; }
wait_until "some writes" have_done 10
kill -KILL "$(etcd_pid)"
wait_until "some after it" have_done $(($(wc -l <"$DIR/done") + 20))
touch "$DIR/stop"
check "the writer" wait "$writer"
wait_until "the mount to work" in_mount 'echo x >after'
reader='import sys
for line in open(sys.argv[1]):
    with open("crash-" + line.strip()) as file:
        assert file.read() == line, "lost: " + line'
check "all that was acknowledged is there" in_mount 'python3 -c "$1" "$DIR/done"' "$reader"
