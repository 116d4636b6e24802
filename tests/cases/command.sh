#!/bin/bash
# -- COMMAND runs with the mount, etcdfs ends with its status, and the mount ends with it.
# Statements: 40.
. "$(dirname "$0")/../lib/case.sh"

etcdfs() {
	# shellcheck disable=SC2046
	limit "$ETCDFS" $(own_options) "$MNT" -- "$@" 2>>"$LOG"
}

status_of() {
	local status=0
	"$@" >/dev/null || status=$?
	echo "$status"
}

equal "status 0" 0 "$(status_of etcdfs true)"
nothing_left
equal "status 7" 7 "$(status_of etcdfs sh -c 'exit 7')"
equal "a signal" 143 "$(status_of etcdfs sh -c 'kill -TERM $$')"
equal "no such command" 127 "$(status_of etcdfs "$DIR/no-such-command")"
grep -q no-such-command "$LOG" || die "not a word on the missing command"
expect_log no-such-command
equal "ETCDFS_MOUNT" "$MNT" "$(etcdfs sh -c 'echo "$ETCDFS_MOUNT"')"
equal "it works" hello "$(etcdfs sh -c 'echo hello >$ETCDFS_MOUNT/key; cat $ETCDFS_MOUNT/key')"
equal "and again" hello "$(etcdfs cat "$MNT/key")"
equal "arguments as they are" "<a b><><*>" "$(etcdfs printf '<%s>' 'a b' '' '*')"
equal "stdin is the command's" input "$(echo input | etcdfs cat)"
nothing_left

# SIGTERM to etcdfs ends the command too.
mkfifo "$DIR/go"
# shellcheck disable=SC2046
setsid "$ETCDFS" $(own_options) "$MNT" -- sh -c 'echo ready >"$DIR/go"; exec sleep 60' 2>>"$LOG" &
PID=$!
read -r _ <"$DIR/go"
kill -TERM "$PID"
status=0
ended || status=$?
equal "status after SIGTERM" 143 "$status"
nothing_left
