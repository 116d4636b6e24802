#!/bin/bash
# A program that hangs in its trial is given up after a time, with all that it has started; the old one goes on.
# Statements: 378, 379.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/upgrade.sh"

start_mount
in_mount 'echo 1 >key'
filesystem=$(fs_pid)

# It says who it is, so that it is known to run, and heeds no SIGTERM.
cat >"$DIR/hangs" <<'EOP'
#!/bin/bash
trap "" TERM
sleep 600 >/dev/null 2>&1 &
echo "$$ $!" >"$DIR/trial"
wait
EOP
hang() {
	install -m 755 "$DIR/hangs" "$DIR/next"
	mv "$DIR/next" "$DIR/etcdfs"
	rm -f "$DIR/trial"
	kill -USR2 "$PID"
	wait_until "the trial" test -s "$DIR/trial"
	read -r trial left <"$DIR/trial"
}
hang
check "meanwhile the mount works" in_mount '[ "$(cat key)" = 1 ] && echo 2 >key && [ "$(cat key)" = 2 ]'
expect_log "etcdfs cannot go on with the mount, and the program that runs does: its trial has not ended in time"
wait_until "the end of the trial" grep -q "its trial has not ended in time" "$LOG"
wait_until "the program's end" is_gone "$trial"
wait_until "and that of what it has started" is_gone "$left"
equal "nothing is replaced" "$filesystem" "$(fs_pid)"

# Another try; and the end of etcdfs does not wait for a trial.
install -m 755 "$real" "$DIR/next"
mv "$DIR/next" "$DIR/etcdfs"
upgrade
equal "after it" 2 "$(in_mount 'cat key')"
hang
stop_mount TERM
check "it has ended as well" is_gone "$trial"
