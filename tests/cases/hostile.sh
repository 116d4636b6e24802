#!/bin/bash
# An etcd that says anything at any time harms no mount: no crash, no leak, no hang, no memory without end.
# By hand it takes a seed and a number of seconds: hostile.sh SEED SECONDS.
seed=${1:-1} seconds=${2:-15}
WATCHDOG=$((400 + seconds))
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/second.sh"

LIMIT=$((LIMIT + seconds))
server=$(dirname "$ETCDFS")/../tests/hostile/hostile_etcd
load=$TOP/tests/hostile/load.py
MEMORY_MB=1024
requires "libnghttp2-dev is missing" test -x "$server"

coproc SERVER { exec env -u CASE_MARK "$server" "$DIR/s" "$seed" 2>"$DIR/hostile"; }
server_pid=$SERVER_PID # which bash forgets when it ends
end_server() {
	kill "$server_pid"
	rm "$DIR/s"
}
AT_END+=(end_server)
own_options() { :; }

# ask COMMAND: the server's answer, up to an empty line if it has many.
ask() {
	local line
	echo "$1" >&"${SERVER[1]}"
	while IFS= read -r -t 20 line <&"${SERVER[0]}" && [ -n "$line" ]; do
		echo "$line"
		[ "$1" = keys ] || return 0
	done
}

use() { say "$(limit python3 -B "$load" use "$1" "$seconds" "$seed")"; }
# The files of a mount are etcd's keys. What is deleted only when it can be, may take a moment.
same_files() { ask keys >"$DIR/keys" && limit python3 -B "$load" compare "$1" <"$DIR/keys" >"$DIR/differs"; }
show_difference() { [ ! -s "$DIR/differs" ] || cat "$DIR/differs" >&2; }
AT_END+=(show_difference)
peak_mb() { echo $(($(sed -nE 's/^VmHWM:\s*([0-9]+) kB/\1/p' "/proc/$1/status") / 1024)); }
processes() { echo "$PID $PID_B $(pgrep -d ' ' -P "$PID,$PID_B")"; }

# All that is logged is about the server, and much of it is a warning.
allow_log '^etcdfs: '
wait_until "the server" test -S "$DIR/s"
ENDPOINTS=unix://$DIR/s
start_mount -o "endpoints=$ENDPOINTS,timeout=0.5"
start_second -o timeout=0.5,consistency=cached
in_mount 'echo before >before'
wait_until "the second mount" in_second 'cat before'
before=$(processes)

equal "the server" wild "$(ask 'wild 400')"
use "$MNT_B" &
use "$MNT"
check "the users of the second mount" wait $!

# Nothing has ended, and all is well once etcd tells the truth.
equal "the server" honest "$(ask honest)"
say "$(cat "$DIR/hostile")"
wait_until "writes" in_mount 'echo after >after'
wait_until "writes to the second mount" in_second 'echo more >more'
equal "the processes" "$before" "$(processes)"
wait_until "the files are those of etcd" same_files "$MNT"
wait_until "the files of the second mount as well" same_files "$MNT_B"
for pid in $before; do
	peak=$(peak_mb "$pid")
	say "$(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c -60): $peak MiB"
	[ "$peak" -lt "$MEMORY_MB" ] || die "process $pid took $peak MiB"
done
