#!/bin/bash
# umount, fusermount3 -u, SIGTERM, SIGINT and SIGHUP end etcdfs alike: nothing is left, and the data stay.
# Statements: 36.
. "$(dirname "$0")/../lib/case.sh"

round=0
for how in umount fusermount TERM INT HUP; do
	start_mount
	[ "$round" = 0 ] || equal "after $how the value" "$round" "$(in_mount 'cat key')"
	round=$((round + 1))
	# An etcd that was slow for a while has an open for writing fail at once.
	wait_until "it is written" in_mount 'echo "$1" >key && mkdir -p "dir-$1/empty"' "$round"
	stop_mount "$how"
	equal "the mountpoint is empty" "" "$(ls -A "$MNT")"
done

# SIGTERM with a file open and somebody inside: it ends all the same.
start_mount
mkfifo "$DIR/go"
timeout 60 bash -c 'cd "$MNT"; exec 3<key; echo ready >"$DIR/go"; exec sleep 60' &
inside=$!
read -r _ <"$DIR/go"
kill -TERM "$PID"
ended || die "status $? with a busy mount"
kill "$inside"
wait "$inside" 2>/dev/null || true
nothing_left

start_mount
seen=$(in_mount 'cat key; ls -d dir-*' | paste -sd ' ')
equal "all is there" "5 dir-1 dir-2 dir-3 dir-4 dir-5" "$seen"
# What was written just before the end is there after it.
in_mount 'echo last >last'
stop_mount TERM
start_mount
equal "the last write" last "$(in_mount 'cat last')"
