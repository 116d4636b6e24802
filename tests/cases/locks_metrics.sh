#!/bin/bash
# .etcd/metrics and .etcd/status say how many locks a mount holds, waits for, and has lost.
# Statements: 407.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/holder.sh"
. "$TOP/tests/lib/metrics.sh"

requires "needs jq" command -v jq
start_mount
in_mount 'echo old >file; echo old >other'
for name in first second third; do
	start_holder $name "$MNT"
	does $name ok open fd file RDWR
done

# numbers HELD WAITING LOST LEASES: what both say now, or say soon.
say_now() {
	local name said=()
	for name in locks_held locks_waiting locks_lost_total leases_lost_total; do
		said+=("$(metric $name)")
	done
	[ "$*" = "${said[*]}" ] &&
		[ "${*:1:3}" = "$(limit jq -r '.locks | "\(.held) \(.waiting) \(.lost)"' "$MNT/.etcd/status")" ]
}
numbers() { wait_until "$1: held, waiting, lost, and leases lost are ${*:2}" say_now "${@:2}"; }

numbers "nothing yet" 0 0 0 0
does first ok lock fd
numbers "a lock" 1 0 0 0
begins second lock fd
numbers "another waits" 1 1 0 0
does third EAGAIN lock fd nb
numbers "who does not wait is none" 1 1 0 0

# The key of the first is deleted: it is lost, and the other has it.
begins first attribute fd lock_key
read -r -t "$LIMIT" key <&"${HOLDER_OUT[first]}"
ctl del "$key" >/dev/null
STEP="lock" answers second ok
numbers "lost" 1 0 1 0
does first ok unlock fd
numbers "a lost one is given up" 1 0 1 0
does second ok unlock fd
numbers "and the other" 0 0 1 0

# Several have it; what one owner has of a file is one lock.
does first ok lock fd sh
does second ok lock fd sh
numbers "shared" 2 0 1 0
does first ok lock fd sh
numbers "once more" 2 0 1 0
begins third lock fd
numbers "an exclusive one waits" 2 1 1 0
does first ok unlock fd
does second ok unlock fd
STEP="lock" answers third ok
numbers "and has it" 1 0 1 0
does first ok open other other RDWR
does first ok fcntl other
numbers "of another file" 2 0 1 0

# The lease ends, with both.
expect_log "lease [0-9a-f]+ of this mount is gone"
ctl lease revoke "$(lock_keys file | sed -E 's|.*/([0-9a-f]+)\..*|\1|')" >/dev/null
wait_until "both are lost" eval '[ "$(metric locks_held) $(metric locks_lost_total)" = "0 3" ]'
does second ok lock fd # asks for the lease, and hears that it is gone
numbers "another lease" 1 0 3 1
for name in first second third; do end_holder $name; done
numbers "all are given up" 0 0 3 1
