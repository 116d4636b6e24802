# Gives a case a directory, an etcdfs and an etcd of its own, which are gone afterwards.
# shellcheck shell=bash
#
# A case sources this file, does its checks, and ends. The first failed command or check fails the
# case. Every process that the case started is ended, whether it passes or fails. Anything that
# etcdfs itself left behind (a process, a mount, a socket), and a line in its log that expect_log
# did not announce, fails the case too.
#
#   start_mount [ARG...]      etcdfs -f in the background, until it is usable; $MNT, $LOG, $PID
#   stop_mount [umount|fusermount|TERM|INT]
#   in_mount 'SCRIPT' [ARG..] a shell in $MNT under a time limit; ARGs are $1...
#   equal, check, fails, expect_log, wait_until, revision, ctl, requires: below
#
# Nothing here or in a case may touch the mount without a time limit: in_mount, or `limit`.
set -Eeuo pipefail
shopt -s inherit_errexit
# Whoever runs this may keep others out of what they make; the users of some cases pass through it.
umask 022

CASE=$(basename "$0" .sh)
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
ETCDFS=${ETCDFS:-$TOP/build/supervisor/etcdfs}
# shellcheck source=tests/lib/judge.sh
. "$TOP/tests/lib/judge.sh"
LIMIT=${LIMIT:-60}   # seconds for one command on the mount
WATCHDOG=${WATCHDOG:-400} # seconds for the whole case
DIR=$(mktemp -d "${CASES:-/tmp}/kv.XXXXXX") # short: the path of a socket has 107 bytes
NAME=t-${DIR##*.}
MNT=$DIR/mnt
LOG=$DIR/log
DATA=$DIR/data
PID=
CASE_PID=$$
EXPECTED=()
# On a machine that is busy with other cases etcd may be late with an answer.
ALLOWED=("^etcdfs: waiting for " "etcd \(pid [0-9]+\) does not answer" "no endpoint of etcd answers"
	"etcd answers again")
AT_END=() # commands that end what else a library started, before the mount is ended
export DIR NAME MNT ETCDFS
export HOME=$DIR XDG_STATE_HOME=$DIR/state XDG_RUNTIME_DIR=$DIR/run
# etcdctl's own patience is short of what a loaded machine needs, a login above all.
export ETCDCTL_API=3 ETCDCTL_COMMAND_TIMEOUT=40s ETCDCTL_DIAL_TIMEOUT=20s
export CASE_MARK=$DIR # in the environment of all that the case starts, to find it again
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:log_path=$DIR/sanitizer"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-}:log_path=$DIR/sanitizer"
mkdir -m 0700 "$MNT" "$XDG_RUNTIME_DIR"
if [ "$(id -u)" = 0 ] && grep -qE '^ *0 +0 +4294967295$' /proc/self/uid_map; then # not of a user namespace
	RUN_BASE=/run/etcdfs
else
	RUN_BASE=$XDG_RUNTIME_DIR/etcdfs
fi
RUN=$RUN_BASE/$NAME

say() { echo "$CASE: $*" >&2; }

die() {
	say "$*"
	exit 1
}

# requires 'WHY NOT' COMMAND...: skips the case when COMMAND fails.
requires() {
	local reason=$1
	shift
	"$@" >/dev/null 2>&1 && return 0
	echo "skipped: $reason"
	exit 77
}

# Other users may pass through the case's directory, and run a copy of etcdfs: the tree is private
# perhaps.
for_other_users() {
	chmod 755 "$DIR"
	install -m 755 "$ETCDFS" "$DIR/etcdfs"
	ETCDFS=$DIR/etcdfs
}

in_mount() {
	local script=$1
	shift
	(cd / && limit bash -c "cd \"\$MNT\" || exit 99; $script" in_mount "$@")
}

# check WHAT COMMAND...: COMMAND must succeed.
check() {
	local what=$1
	shift
	"$@" || die "$what: failed with status $?: $*"
}

# fails WHAT REGEX COMMAND...: COMMAND must fail of itself, and say REGEX on stderr ($WORDS).
fails() {
	local what=$1 regex=$2 status=0
	shift 2
	WORDS=$("$@" 2>&1 >/dev/null </dev/null) || status=$?
	[ "$status" != 0 ] || die "$what: succeeded: $*"
	[ "$status" -lt 124 ] || die "$what: status $status (124: it hung): $* ($WORDS)"
	grep -qiE -- "$regex" <<<"$WORDS" || die "$what: expected /$regex/ on stderr, got '$WORDS'"
}

# one_line WHAT [REGEX]: $WORDS is one line, but for what a start that takes long says meanwhile (272),
# and for what matches REGEX.
one_line() {
	equal "$1: lines on stderr ($WORDS)" 1 "$(grep -vcE "^etcdfs: waiting for ${2:+|$2}" <<<"$WORDS")"
}

# refuses WHAT REGEX ARG...: etcdfs ARG... ends with one clear line and leaves nothing behind.
refuses() {
	fails "$1" "$2" limit "$ETCDFS" "${@:3}"
	one_line "$1"
	case $WORDS in
	etcdfs:*) ;;
	*) die "$1: the line does not begin with 'etcdfs:': $WORDS" ;;
	esac
	nothing_left
}

# A line in the daemon's log that must be there; one that may be there.
expect_log() { EXPECTED+=("$1"); }
allow_log() { ALLOWED+=("$1"); }

# has_role MNT WORD...: does its .role, which is there without the cluster as well, say one of the words?
has_role() {
	local role word
	role=$(timeout 5 cat "$1/.role") || return 1
	for word in "${@:2}"; do
		[ "$role" != "$word" ] || return 0
	done
	return 1
}

# free_ports N: ports of the loopback on which nobody listens. They are none of those that the
# kernel gives to whoever connects, so that they are still free when a member is started again.
free_ports() {
	python3 -c '
import random, socket, sys
def is_free(port):
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
ports = filter(is_free, random.sample(range(10000, 32768), 1000))
print(*[next(ports) for _ in range(int(sys.argv[1]))])' "$1"
}

# --- Processes ---------------------------------------------------------------------------------

# All living processes that the case started, also those that left its group.
marked_processes() {
	local environ pid
	for environ in $(grep -lzFx "CASE_MARK=$CASE_MARK" /proc/[0-9]*/environ 2>/dev/null); do
		pid=${environ//[!0-9]/}
		is_alive "$pid" && echo "$pid"
	done
	return 0
}

# A zombie counts as gone: its parent is one of ours, or the machine's init. But one that still has other
# threads is ending: until the last of them is gone its ports and locks are taken.
is_alive() {
	local state
	state=$(sed -nE 's/^(State|Threads):\t([^ ]+).*/\2/p' "/proc/$1/status" 2>/dev/null) || return 1
	case ${state//$'\n'/ } in
	"" | [ZX]\ [01]) return 1 ;;
	esac
}

is_gone() { ! is_alive "$1"; }

# child_named PID NAME: the pid of PID's child that runs NAME.
child_named() { pgrep -P "$1" -x "$2" | head -n 1; }

etcd_pid() { child_named "$PID" etcd; }

# The filesystem process: the supervisor's other child.
fs_pid() {
	local pid name
	for pid in $(pgrep -P "$PID"); do
		name=$(cat "/proc/$pid/comm" 2>/dev/null) || continue
		[ "$name" = etcd ] || { echo "$pid"; return 0; }
	done
	return 1
}

describe() {
	local pid
	for pid; do
		echo "$pid $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)"
	done
}

# --- The mount ---------------------------------------------------------------------------------

# is_mounted [DIR]: is an etcdfs there, dead or alive? Does not touch it.
is_mounted() {
	awk -v at="${1:-$MNT}" '$5 == at && / - fuse\.etcdfs / { found = 1 } END { exit !found }' \
		/proc/self/mountinfo
}

is_unmounted() { ! is_mounted "$@"; }

# The options with which a case starts etcdfs: its own name and directories.
own_options() { printf "%s\n" -e "name=$NAME" -e "data-dir=$DATA"; }

is_usable() { [ -n "$(timeout 5 cat "$MNT/.role" 2>/dev/null)" ]; }

is_usable_or_over() { is_gone "$PID" || is_usable; }

# start_mount [ARG...]: ARGs are handed to etcdfs, before the mountpoint.
start_mount() {
	# shellcheck disable=SC2046
	setsid env --default-signal=INT "$ETCDFS" -f $(own_options) "$@" "$MNT" >>"$LOG" 2>&1 </dev/null &
	PID=$!
	wait_until "start" is_mounted_or_over
	wait_until "start" is_usable_or_over
	is_alive "$PID" || die "etcdfs ended at its start"
}

is_mounted_or_over() { is_gone "$PID" || is_mounted; }

# ended: waits for the daemon's end and returns its status.
ended() {
	local pid=$PID
	wait_until "the end of etcdfs" is_gone "$pid"
	PID=
	wait "$pid"
}

# take_off COMMAND...: unmounts; again while an event is just being made, which keeps the mount busy.
take_off() {
	local words end=$((SECONDS + LIMIT))
	until words=$(limit "$@" 2>&1); do
		grep -qi busy <<<"$words" || die "$*: $words"
		[ "$SECONDS" -lt "$end" ] || die "$*: busy for $LIMIT s"
		sleep 0.02
	done
}

stop_mount() {
	local how=${1:-TERM} status=0
	case $how in
	umount) take_off umount "$MNT" ;;
	fusermount) take_off fusermount3 -u "$MNT" ;;
	*) kill -"$how" "$PID" ;;
	esac
	ended || status=$?
	equal "exit status after $how" 0 "$status"
	nothing_left
}

nothing_left() {
	is_unmounted || die "a mount is left"
	local left
	left=$(find "$RUN" "$DIR" -type s 2>/dev/null || true)
	[ -z "$left" ] || die "a socket is left: $left"
	[ ! -e "$RUN" ] || die "the run directory is left: $(ls -A "$RUN")"
	(wait_until "the end of all processes" none_marked) || die "left: $(describe $(marked_processes))"
}

none_marked() { [ -z "$(marked_processes)" ]; }

ctl() { limit etcdctl --endpoints="unix://$RUN/client:0" "$@"; }

# The keyspace's revision, asked of etcd itself.
revision() {
	ctl get revision-of-no-key -w json | sed 's/.*"revision":\([0-9]*\).*/\1/'
}

# value_of KEY: its bytes, exactly.
value_of() {
	ctl get -w json -- "$1" | python3 -c '
import base64, json, sys
kvs = json.load(sys.stdin).get("kvs") or sys.exit("no such key")
sys.stdout.buffer.write(base64.b64decode(kvs[0].get("value", "")))'
}

# The keys, without what is kept beside them (469).
keys() { ctl get --prefix --keys-only -- "${1:-}" | sed -E "/^$/d; /(^|\/)\.etcd\/meta\//d"; }

# publishes COUNT WHAT SCRIPT: SCRIPT in the mount makes the revision grow by exactly COUNT.
publishes() {
	local before after
	before=$(revision)
	in_mount "$3" || die "$2: failed: $3"
	after=$(revision)
	equal "$2: revisions made" "$1" "$((after - before))"
}

# --- The end -----------------------------------------------------------------------------------

# Ends the connection of every mount of this case, which frees whoever is stuck in it. Where that
# cannot be done by itself it goes with the mount.
abort_mounts() {
	local device path
	awk -v dir="$DIR/" 'index($5 "/", dir) == 1 && / - fuse\.etcdfs / { print $3, $5 }' \
		/proc/self/mountinfo | while IFS=': ' read -r _ device path; do
		echo 1 2>/dev/null >"/sys/fs/fuse/connections/$device/abort" ||
			umount -cfl "$path" 2>/dev/null || true
	done
}

unmount_all() {
	awk -v dir="$DIR/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo |
		while read -r mountpoint; do
			umount -cfl "$mountpoint" 2>/dev/null || fusermount3 -uz "$mountpoint" || true
		done
}

# shellcheck disable=SC2046
clear_away() {
	# Loops in the background are this shell's own forks, and carry no mark.
	kill -TERM $(jobs -p) 2>/dev/null || true
	kill -KILL $(marked_processes) 2>/dev/null || true
	abort_mounts
	unmount_all
	rm -rf --one-file-system "$DIR"
	case $RUN in
	*/etcdfs/t-*) rm -rf --one-file-system "$RUN" "$RUN_BASE/$NAME".* ;;
	esac
}

sanitizer_is_quiet() {
	local report
	for report in "$DIR"/sanitizer.*; do
		[ -e "$report" ] || continue
		cat "$report" >&2
		return 1
	done
}

# Lines in the log that were not announced, and announced ones that did not come: a daemon to which
# nothing happens says nothing.
log_is_clean() {
	local line regex bad=0
	[ -e "$LOG" ] || return 0
	for regex in "${EXPECTED[@]}"; do
		grep -qE -- "$regex" "$LOG" || { say "expected in the log: $regex"; bad=1; }
	done
	while IFS= read -r line; do
		for regex in "${EXPECTED[@]}" "${ALLOWED[@]}"; do
			[[ $line =~ $regex ]] && continue 2
		done
		say "not announced: $line"
		bad=1
	done <"$LOG"
	return "$bad"
}

# Ends a mount that the case itself did not end.
stop_at_exit() {
	[ -n "$PID" ] || return 0
	kill -TERM "$PID" 2>/dev/null || true # a node may have been told already
	(wait_until "the end of etcdfs" is_gone "$PID") || return 1
	wait "$PID" || { say "etcdfs: exit status $? after SIGTERM"; return 1; }
}

# What etcdfs, and each etcd that the case started itself (existing.sh), said last.
show_logs() {
	local log
	for log in "$LOG" "$DIR"/etcd-*.log; do
		[ -s "$log" ] || continue
		echo "--- the end of ${log#"$DIR/"}" >&2
		tail -n 30 "$log" >&2
	done
}

# What each process of the case is doing, thread by thread: what hangs in a call of the mount
# (request_wait_answer), or stands still (T), is seen here.
show_processes() {
	local pid task
	echo "--- the processes"
	for pid in $(marked_processes); do
		describe "$pid"
		for task in /proc/"$pid"/task/*; do
			echo "    $(sed -n 's/^State:\t//p' "$task/status") $(cat "$task/wchan")"
		done | sort | uniq -c
	done
}

at_exit() {
	local status=$? command
	trap - EXIT ERR
	trap : TERM # the watchdog's comes too late to change anything
	set +eE
	for command in "${AT_END[@]}"; do
		("$command") || status=1
	done
	if [ "$status" = 0 ]; then
		stop_at_exit && (nothing_left) && (log_is_clean) || status=1
	fi
	[ "$status" = 77 ] || sanitizer_is_quiet || status=1
	if [ "$status" != 0 ] && [ "$status" != 77 ]; then
		show_processes >&2 2>/dev/null || true
		show_logs
	fi
	clear_away
	exit "$status"
}

# A case that hangs in the mount is freed by ending the connection, and then ended.
watchdog() {
	trap - EXIT ERR TERM
	read -rt "$WATCHDOG" _ <> <(:) || true # sleeps without a process that would outlive it
	say "not over within $WATCHDOG s"
	abort_mounts
	kill -TERM "$CASE_PID"
}

watchdog >&2 &
WATCHDOG_PID=$!
trap at_exit EXIT
trap 'say "line $LINENO: status $?: $BASH_COMMAND"' ERR
trap 'exit 1' TERM INT HUP
[ -x "$ETCDFS" ] || die "no etcdfs at $ETCDFS: build it first (tests/run does)"
if [ -n "${ETCD_DIR:-}" ]; then
	requires "no etcd in $ETCD_DIR: $(cat "$ETCD_DIR/why" 2>/dev/null ||
		echo "tests/lib/etcd35.sh $ETCD_DIR fetches it")" test -x "$ETCD_DIR/etcdctl"
	PATH=$ETCD_DIR:$PATH
fi
[ -e /dev/fuse ] || die "no /dev/fuse on this machine"
command -v etcd >/dev/null || die "no etcd in PATH"
command -v etcdctl >/dev/null || die "no etcdctl in PATH"
