# How a test judges: sourced by a script that has die, and LIMIT, in seconds.
# shellcheck shell=bash

limit() { timeout -k 5 "$LIMIT" "$@"; }

# equal WHAT EXPECTED ACTUAL
equal() { [ "$2" = "$3" ] || die "$1: expected '$2', got '$3'"; }

# is_stopped PID: has the whole process taken a SIGSTOP? A thread in D takes it before it runs again.
is_stopped() {
	local states
	states=$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/task/"*/status 2>/dev/null) || true
	[[ $states == *T* && $states != *[!TDZX$'\n']* ]]
}

# freeze PID...: stops the processes, and waits until they stand. A process that is running takes the
# signal a moment later, and might answer in it.
freeze() {
	local pid
	kill -STOP "$@"
	for pid; do
		wait_until "process $pid to stop" is_stopped "$pid"
	done
}

# wait_until WHAT COMMAND...: until COMMAND succeeds, within LIMIT seconds.
wait_until() {
	local what=$1 end=$((SECONDS + LIMIT))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || die "$what: not within $LIMIT s: $*"
		sleep 0.02
	done
}
