# How a test judges: sourced by a script that has die, and LIMIT, in seconds.
# shellcheck shell=bash

limit() { timeout -k 5 "$LIMIT" "$@"; }

# equal WHAT EXPECTED ACTUAL
equal() { [ "$2" = "$3" ] || die "$1: expected '$2', got '$3'"; }

# wait_until WHAT COMMAND...: until COMMAND succeeds, within LIMIT seconds.
wait_until() {
	local what=$1 end=$((SECONDS + LIMIT))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || die "$what: not within $LIMIT s: $*"
		sleep 0.02
	done
}
