#!/bin/bash
# Without -f etcdfs returns 0 when the mount is usable, and another status when the start has failed.
# Statements: 36, 38, 39.
. "$(dirname "$0")/../lib/case.sh"

# shellcheck disable=SC2046
limit "$ETCDFS" $(own_options) "$MNT" </dev/null >"$DIR/out" 2>&1 || die "status $?: $(cat "$DIR/out")"
equal "a word too many" "" "$(cat "$DIR/out")"
equal "usable at once" world "$(in_mount 'echo world >hello; cat hello')"
wait_until "its role" has_role "$MNT" leader # a slow etcd may not answer just now

# It has let go of the terminal, the directory and the descriptors of whoever started it.
PID=$(pgrep -f -- "^$ETCDFS .*$NAME.* $MNT" | while read -r pid; do
	parent=$(sed -n 's/^PPid:\t//p' "/proc/$pid/status")
	tr '\0' ' ' <"/proc/$parent/cmdline" 2>/dev/null | grep -qF "$NAME" || echo "$pid"
done)
equal "its directory" / "$(readlink "/proc/$PID/cwd")"
[ "$(ps -o sid= -p "$PID" | tr -d ' ')" != "$(ps -o sid= -p $$ | tr -d ' ')" ] ||
	die "it is still in this session"
equal "its stdout" /dev/null "$(readlink "/proc/$PID/fd/1")"

# A terminal that is closed is nothing to it.
kill -HUP "$PID"
sleep 1
equal "after a SIGHUP" world "$(in_mount 'cat hello')"
wait_until "its role after a SIGHUP" has_role "$MNT" leader

take_off umount "$MNT"
wait_until "its end" is_gone "$PID"
PID=
nothing_left
