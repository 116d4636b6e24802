#!/bin/bash
# Three mounts and etcdctl lock stand in one line for a file: first come, first served.
# Statements: 395, 396, 397, 398, 399.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/locks.sh"

start_mount
start_beside 2
in_mount 'mkdir d && echo 100% >d/x%y'
FILE=d/x%y
QUEUE=.etcd/lock/d%2Fx%25y

# --- Who excludes whom ---
lock_steps 0 $FILE open:r+ ex say:held await:go write:first un >/dev/null &
wait_until "the holder" is_there held
for i in 1 2; do
	fails "exclusive on mount $i" "" in_beside $i "flock -n $FILE true"
	fails "shared on mount $i" "" in_beside $i "flock -s -n $FILE true"
	equal "fcntl on mount $i" "ok EAGAIN EAGAIN" \
		"$(lock_steps $i $FILE open:r+ setlk:w:0:1 setlk:r:7:0 | tr '\n' ' ' | sed 's/ $//')"
done
BY='"pid":'$(cat "$DIR/held")',"command":"python3","beside":true'
equal "the value of its key" '{"mode":"exclusive","host":"'"$(uname -n)"'",'"$BY"'}' \
	"$(value_of "$(lock_keys $FILE)")"

# --- One line ---
# Each is in the line before the next one comes.
NUMBER=1
queue() { # NAME COMMAND...
	"${@:2}" &
	NUMBER=$((NUMBER + 1))
	await_keys $NUMBER $FILE
}
in_line() { # I NAME FLOCK-OPTION...
	in_beside "$1" "flock ${*:3} $FILE sh -c 'echo $2 >>$DIR/order; cat >/dev/null $FILE
		echo $2-end >>$DIR/order'"
}
queue a in_line 1 a
queue ctl ctl lock $QUEUE -- sh -c "echo ctl >>$DIR/order; echo ctl-end >>$DIR/order"
queue b in_line 2 b -s
queue c in_line 0 c -s
queue d in_line 1 d
fails "who does not wait comes after all of them" "" in_beside 2 "flock -n $FILE true"
touch "$DIR/go"
wait_until "the end of all" grep -q d-end "$DIR/order"
equal "the order" "a a-end ctl ctl-end d d-end" \
	"$(grep -vE '^[bc](-end)?$' "$DIR/order" | tr '\n' ' ' | sed 's/ $//')"
BETWEEN=$(sed -n '/ctl-end/,/^d$/p' "$DIR/order" | grep -x '[bc]' | sort | tr '\n' ' ')
equal "the shared ones come between" "b c " "$BETWEEN"
await_keys 0 $FILE

# --- Shared, and what is seen ---
lock_steps 1 $FILE open:r+ sh say:shared await:go2 >/dev/null &
wait_until "the shared one" is_there shared
check "shared beside shared" in_beside 2 "flock -s -n $FILE true"
fails "exclusive beside shared" "" in_beside 2 "flock -n $FILE true"
touch "$DIR/go2"
# A descriptor that has read an old value reads the new one at any place once it has the lock.
lock_steps 2 $FILE open:r read say:old await:new ex pread:2:3 un >"$DIR/seen" &
wait_until "the old value" is_there old
lock_steps 1 $FILE open:r+ ex write:98765 un say:new await:never >/dev/null &
wait_until "the new value" is_there new
wait_until "what is seen" grep -q 765 "$DIR/seen"
equal "etcd has it as well" 98765 "$(value_of $FILE | head -c 5)"
touch "$DIR/never"
