#!/bin/bash
# Of three members any one dies, stops or is cut off from the others: the mount goes on with another.
# Statements: 91, 92.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/existing.sh"

start_cluster 3
attach
allow_log "no endpoint of etcd answers"
in_mount 'echo 0 >counter; mkdir keys'
LIMIT=360 in_mount 'exec timeout 350 cat .etcd/watch' >"$DIR/stream" 2>/dev/null &
wait_until "the stream's beginning" eval 'ctl put begun x; grep -q begun "$DIR/stream"'

# A writer that notes what was acknowledged. A write that timed out may have happened or not.
cat >"$DIR/writer" <<'END'
import os, sys, time
i = 0
while not os.path.exists(sys.argv[1] + "/enough"):
    i += 1
    try:
        fd = os.open(f"keys/{i}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            os.write(fd, b"%d\n" % i)
            os.fsync(fd)
        finally:
            os.close(fd)
    except OSError as error:
        print(i, error, file=sys.stderr, flush=True)
    else:
        print(i, flush=True)
    time.sleep(0.01)
END
: >"$DIR/acknowledged"
LIMIT=350 in_mount 'exec python3 "$DIR/writer" "$DIR"' >"$DIR/acknowledged" 2>"$DIR/errors" &
WRITER=$!
count() { wc -l <"$DIR/acknowledged"; }
goes_on() {
	local before
	before=$(count)
	wait_until "writes after $1" more_than $((before + 20))
}
more_than() { [ "$(count)" -gt "$1" ]; }
goes_on "the start"

# Each in turn, the one that the mount talks to among them.
for i in 1 2 3; do
	stop_member "$i" KILL
	goes_on "the death of $i"
	start_member "$i"
	wait_until "member $i" member_serves "$i"
done
for i in 1 2 3; do
	freeze "${MEMBER_PID[i]}"
	goes_on "the silence of $i"
	kill -CONT "${MEMBER_PID[i]}"
	wait_until "member $i" member_serves "$i"
done
wait_until "the role" has_role "$MNT" follower

touch "$DIR/enough"
wait "$WRITER"
# Nothing acknowledged is lost: not in etcd, not in the mount, not in the stream.
keys keys/ | sed 's,keys/,,' | sort >"$DIR/there"
lost=$(sort "$DIR/acknowledged" | comm -23 - "$DIR/there")
[ -z "$lost" ] || die "acknowledged, and lost: $lost"
in_mount 'ls keys | sort' | diff - <(grep . "$DIR/there") || die "the mount shows something else"
wait_until "the stream" eval 'in_mount "echo end >keys/end"
	grep -q "\"path\":\"keys/end\"" "$DIR/stream"'
missing=$(sed -n 's/.*"path":"keys\/\([0-9]*\)".*/\1/p' "$DIR/stream" | sort -u |
	comm -13 - <(grep . "$DIR/there"))
[ -z "$missing" ] || die "not in the stream: $missing"

# Without a quorum there is no leader; and without anybody nothing.
stop_member 1 KILL
stop_member 2 KILL
wait_until "no leader" has_role "$MNT" candidate
stop_member 3 KILL
wait_until "nobody" has_role "$MNT" offline
for i in 1 2 3; do
	start_member "$i"
done
wait_until "all again" has_role "$MNT" follower
# Asked of etcd: a shell does not look at a close that has timed out.
wait_until "a write" eval 'in_mount "echo back >counter"
	[ "$(ctl get --print-value-only counter)" = back ]'
