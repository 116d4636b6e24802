#!/bin/bash
# The cluster is away: who does not wait is told so in time, who waits goes on waiting, and nothing is left.
# Statements: 403, 404.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/locks.sh"

allow_log "no endpoint|does not answer|answers again|etcd \(pid"
start_mount -o timeout=2
in_mount 'echo x >key; echo y >other; echo z >third'
ETCD=$(etcd_pid)
lock_steps 0 third open:r+ ex say:third await:stopped un say:third-end >"$DIR/third.out" &
lock_steps 0 key open:r+ say:key await:stopped ex-nb setlk:w:0:0 say:key-end >"$DIR/key.out" &
lock_steps 0 other open:r+ say:waits await:stopped ex say:has un >"$DIR/other.out" &
for name in third key waits; do
	wait_until "an open file" is_there $name
done

kill -STOP "$ETCD"
touch "$DIR/stopped"
wait_until "who does not wait" is_there key-end
equal "without waiting" "ok ok ok ETIMEDOUT ETIMEDOUT" "$(head -n 5 "$DIR/key.out" | tr '\n' ' ' | sed 's/ $//')"
wait_until "an unlock" is_there third-end
equal "an unlock is told so as well" ETIMEDOUT "$(sed -n 5p "$DIR/third.out")"
! is_there has || die "etcd stands, and gives a lock"
kill -CONT "$ETCD"

wait_until "the one that waits has it" is_there has
for file in key other third; do
	await_keys 0 $file
done
check "all are free" in_mount 'flock -n key true && flock -n other true && flock -n third true'
