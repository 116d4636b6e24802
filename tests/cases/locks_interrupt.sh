#!/bin/bash
# Who waits for a lock can be interrupted and killed, and leaves nothing; a killed holder frees its lock.
# Statements: 401, 403.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/locks.sh"

start_mount -o timeout=2
start_beside 1
in_mount 'echo x >key'

# hold NAME I STEP...: a process that has done the steps; its number is in $DIR/NAME.held.
hold() {
	rm -f "$DIR/$1.held"
	lock_steps "$2" key "${@:3}" "say:$1.held" pause >/dev/null 2>&1 &
	wait_until "the holder $1" is_there "$1.held"
}
holder() { cat "$DIR/$1.held"; }
is_free() { in_beside "${1:-0}" 'flock -n key true' 2>/dev/null; }

for lock in ex setlkw:w:0:0 ofd_setlkw:w:0:0; do
	rm -f "$DIR"/*.held "$DIR"/*.out
	hold one 1 open:r+ "${lock/setlkw/setlk}"

	# A signal that is handled: EINTR at once, after any time, and the call can be made again.
	lock_steps 0 key open:r+ say:two.held "$lock" pread:0:1 "$lock" say:two.has un setlk:u:0:0 >"$DIR/two.out" &
	await_keys 2 key
	kill -USR1 "$(holder two)"
	wait_until "the interruption" grep -q EINTR "$DIR/two.out"
	equal "$lock: interrupted" "ok ok EINTR x" "$(head -n 4 "$DIR/two.out" | tr '\n' ' ' | sed 's/ $//')"
	await_keys 2 key # the first is gone, and the second one there
	fails "$lock: it is held still" "" in_mount 'flock -n key true'

	# A waiter that is killed.
	lock_steps 0 key open:r+ say:three.held "$lock" >/dev/null 2>&1 &
	await_keys 3 key
	kill -KILL "$(holder three)"
	await_keys 2 key

	# The holder is killed: the next has it, without anybody's timeout.
	kill -KILL "$(holder one)"
	wait_until "$lock: the next has it" is_there two.has
	await_keys 0 key
	rm -f "$DIR/two.has"
done

# The wait lasts longer than the timeout of operations, and another signal that is not handled ends it.
hold one 0 open:r+ ex
lock_steps 1 key open:r+ say:four.held ex >"$DIR/four.out" 2>&1 &
await_keys 2 key
in_beside 1 'timeout 3 flock key true' && die "it was not to be had"
equal "it waits still" "ok ok" "$(tr '\n' ' ' <"$DIR/four.out" | sed 's/ $//')"
await_keys 2 key
kill -TERM "$(holder four)"
await_keys 1 key

# A mount that ends does not wait for who waits.
lock_steps 1 key open:r+ say:five.held ex say:five.over >"$DIR/five.out" 2>&1 &
await_keys 2 key
kill -TERM "${BESIDE_PIDS[1]}"
wait_until "the waiter's end" is_there five.over
equal "the mount has ended" ENOTCONN "$(sed -n 3p "$DIR/five.out")"
await_keys 1 key
kill -KILL "$(holder one)"
wait_until "the end of the holder" is_free
