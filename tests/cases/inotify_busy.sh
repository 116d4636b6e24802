#!/bin/bash
# Users' operations that are in flight while touches are due do not fail or wait, and no event is lost.
# Statements: 84.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/events.sh"

requires "needs inotify-tools" command -v inotifywait
allow_log "lost sight of etcd's changes|key .*: truncation"
start_mount -o timeout=30
in_mount 'mkdir dir; for i in {0..9}; do echo x >dir/remote-$i; done'
watch w "$MNT" "$MNT/dir"

cat >"$DIR/busy.py" <<'PYTHON'
import os, sys, time
os.chdir(os.environ["MNT"] + "/dir")
me, end, longest = sys.argv[1], sys.argv[2], 0
rounds = 0
while not os.path.exists(end) or rounds < 20:
    rounds += 1
    begin = time.monotonic()
    with open(f"own-{me}", "x") as file:
        file.write(f"{me} {rounds}")
    os.rename(f"own-{me}", f"other-{me}")
    os.mkdir(f"dir-{me}")
    with open(f"other-{me}") as file:
        assert file.read() == f"{me} {rounds}"
    with open(f"remote-{rounds % 10}") as file:
        file.read()
    assert f"other-{me}" in os.listdir()
    os.rmdir(f"dir-{me}")
    os.unlink(f"other-{me}")
    longest = max(longest, time.monotonic() - begin)
print(f"{rounds} rounds, the longest {longest * 1000:.0f} ms")
assert longest < 20, f"a round of eight operations took {longest} s"
PYTHON
for i in 1 2 3; do
	timeout -k 5 300 python3 "$DIR/busy.py" $i "$DIR/end" &
	workers+=($!)
done
{
	echo "storm dir/remote- 10 1500"
	for i in {1..100}; do printf 'put dir/new-%s x\ndel dir/new-%s\n' "$i" "$i"; done
} | python3 -B "$TOP/tests/lib/kv.py" "$RUN"
touch "$DIR/end"
for worker in "${workers[@]}"; do
	wait "$worker" || die "a local operation failed among remote changes"
done
fence w 1
for i in 0 5 9; do
	equal "the last value" $((1491 + i)) "$(in_mount "cat dir/remote-$i")"
	has_event w "CLOSE_WRITE dir/remote-$i " 1 || die "no event of remote-$i"
done

# Operations that hang, with the directory's lock held, while touches are due. What etcd has not
# answered since it was stopped may be an error of the storm, which is then made again.
end_watchers
stop_mount
start_mount -o timeout=2
watch w "$MNT" "$MNT/dir"
storm() {
	for i in {1..400}; do echo "txn dir/remote-$((i % 10))=$i dir/made-$i=$i"; done |
		python3 -B "$TOP/tests/lib/kv.py" "$RUN"
}
{ storm || storm; } &
storm=$!
wait_until "some of the storm" has_event w "CREATE dir/made-20 " 1
etcd=$(etcd_pid)
freeze "$etcd"
for i in 1 2 3; do
	in_mount 'echo x >dir/stuck-$1; mkdir dir/stuck-dir-$1; ls dir; cat dir/remote-$1' $i &>/dev/null &
	stuck+=($!)
done
wait "${stuck[@]}" || true
kill -CONT "$etcd"
wait "$storm"
wait_until "the mount to work" in_mount 'echo x >after'
first=$(($(lines_of w) + 1))
fence w "$first"
for i in 21 200 400; do
	has_event w "CLOSE_WRITE dir/made-$i " 1 || die "no event of made-$i"
done
step w "and it goes on" "$(changed dir/remote-1)" ctl put dir/remote-1 x
