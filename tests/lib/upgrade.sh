# An etcdfs that goes on with the program at its path: a copy, in place of which others come.
# shellcheck shell=bash
#
# To be sourced after case.sh.
#
#   upgrade   tells etcdfs to go on, and waits until another filesystem process serves

install -m 755 "$ETCDFS" "$DIR/etcdfs"
# shellcheck disable=SC2034
real=$ETCDFS
ETCDFS=$DIR/etcdfs
expect_log "goes on as $DIR/etcdfs, version "

# A hook and COMMAND are children as well.
fs_pid() { pgrep -P "$PID" -f -- " --filesystem $MNT\$"; }
program() { readlink "/proc/$PID/exe"; }
another_goes_on() { [ "$(fs_pid)" != "$1" ] && is_usable; }
upgrade() {
	local before
	before=$(fs_pid)
	kill -USR2 "$PID"
	wait_until "another filesystem process" another_goes_on "$before"
	equal "the process runs the new file" "$DIR/etcdfs" "$(program)"
}
