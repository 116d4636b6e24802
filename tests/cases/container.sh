#!/bin/bash
# As the first process of a container, or as a service, etcdfs leaves no zombies and itself reports when it is ready.
# Statements: 280, 281.
. "$(dirname "$0")/../lib/case.sh"
# shellcheck source=tests/lib/manager.sh
. "$TOP/tests/lib/manager.sh"

requires "needs a pid namespace, and so root" unshare --pid --fork true
# The leak sanitizer looks into /proc, which is that of another namespace.
ASAN_OPTIONS+=:detect_leaks=0

# What a service manager says to us, and what only we may say to it.
start_manager
manager=("$(manager_of)" WATCHDOG_USEC=1000000 WATCHDOG_PID=1 LISTEN_FDS=1 LISTEN_PID=1
	LISTEN_FDNAMES=x)

# hears PID: whether the process has anything of the service manager in its environment.
hears() { grep -qzE '^(NOTIFY_SOCKET|WATCHDOG_|LISTEN_)' "/proc/$1/environ"; }
hears_not() { ! hears "$1"; }
orphan() { pgrep -P "$PID" -f '^case-orphan'; }
zombies() { ps -o stat= --ppid "$PID" | grep '^Z'; }
no_zombies() { ! zombies; }
# shellcheck disable=SC2046
start_as() {
	setsid env "${manager[@]}" "$@" "$ETCDFS" -f $(own_options) \
		-H on-change='bash -c "exec -a case-orphan sleep 1000" </dev/null >/dev/null 2>&1 &' \
		-H on-leader='tr "\0" "\n" </proc/self/environ >'"$DIR/environ" \
		"$MNT" >>"$LOG" 2>&1 </dev/null &
	OUTER=$!
	wait_until "start" is_usable
	PID=$(child_named "$OUTER" etcdfs)
	[ "$(cat "/proc/$OUTER/comm")" = unshare ] || PID=$OUTER
}

# It is pid 1 of its namespace.
start_as unshare --pid --fork
equal "its pid there" 1 "$(awk '/^NSpid:/ { print $NF }' "/proc/$PID/status")"
wait_until "an orphan of a hook" orphan
kill "$(orphan)"
wait_until "no zombie of a hook's" no_zombies
expect_log "the filesystem process killed by signal 9 .*; it is started again"
kill -KILL "$(fs_pid)"
wait_until "it is back" is_usable
wait_until "no zombie of the filesystem's" no_zombies

# Ready is said once, when it is, and by nobody else.
wait_until "the hook" grep -q ETCDFS_ROLE "$DIR/environ"
check "ready was said once" is_ready_once
wait_until "it is pid 1, and so meant by WATCHDOG_PID" has_heard '^WATCHDOG=1$'
equal "who said it" "$PID" "$(speakers)"
check "etcd does not hear of the service manager" hears_not "$(etcd_pid)"
check "nor does the filesystem" hears_not "$(fs_pid)"
check "nor does a hook" eval '! grep -qE "^(NOTIFY_SOCKET|WATCHDOG_|LISTEN_)" "$DIR/environ"'
kill -TERM "$PID"
PID=$OUTER
check "the end" ended
nothing_left

: >"$DIR/said"

# Whose orphans are given to it (PR_SET_CHILD_SUBREAPER) as well; and one that was started with SIGCHLD ignored.
start_as python3 -c '
import ctypes, os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
os.execvp(sys.argv[1], sys.argv[1:])'
wait_until "an orphan of a hook" orphan
gone=$(orphan)
kill "$gone"
wait_until "no zombie" test ! -e "/proc/$gone"
check "the end" eval 'kill -TERM $PID; ended'
nothing_left
equal "it is not meant by WATCHDOG_PID" "" "$(heard '^WATCHDOG=')"
check "but it is heard" has_heard '^STOPPING=1$'

# With a COMMAND it is that who says it, and so gets all.
: >"$DIR/said"
env "${manager[@]}" "$ETCDFS" $(own_options) "$MNT" -- env >"$DIR/environ" 2>>"$LOG"
equal "what was said" "" "$(cat "$DIR/said")"
for variable in "${manager[@]}"; do
	check "COMMAND has $variable" grep -qxF "$variable" "$DIR/environ"
done
