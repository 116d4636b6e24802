#!/bin/bash
# Who does not wait for a lock is answered at once, gets a lock that is free, and never shares one.
# Statements: 395, 396, 405.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/locks.sh"

start_mount
start_beside 2
in_mount 'echo x >key'

lost() { [ "$(wc -l <"$DIR/lost.$round")" = "$1" ]; }

# Of many that try at once one has it, wherever they are.
for round in 1 2 3; do
	tries=()
	for n in 0 1 2 0 1 2; do
		in_beside $n "flock -n key sh -c 'echo won >>$DIR/won.$round
			while ! [ -e $DIR/over.$round ]; do sleep 0.02; done' || echo lost >>$DIR/lost.$round" &
		tries+=($!)
	done
	wait_until "the losers" lost 5
	touch "$DIR/over.$round"
	wait "${tries[@]}"
	equal "winners" 1 "$(wc -l <"$DIR/won.$round")"
	await_keys 0 key
done

# What was given back by a call is free for all.
for n in 1 2 0 1; do
	equal "taken and given back" "ok ok ok ok ok" \
		"$(lock_steps $n key open:r+ ex-nb un setlk:w:0:0 setlk:u:0:0 | tr '\n' ' ' | sed 's/ $//')"
done
# On one mount, what was closed is free as well, again and again.
check "one after the other" in_mount 'for i in 1 2 3 4 5 6 7 8; do flock -n key true || exit; done'
check "as lock files are used" in_mount 'for i in 1 2 3 4 5; do ( flock -n 9 || exit ) 9>key || exit; done'
