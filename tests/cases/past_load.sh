#!/bin/bash
# A past that takes longer to read than the timeout is waited for, unless a signal comes; an etcd that is away is not.
# Statements: 390.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/second.sh"

start_mount
# Read in three parts of about 1 MB: the value of the key "d", and two pages of the keys below it.
ctl put d/1 x >/dev/null
in_mount 'head -c 1400000 /dev/urandom >d/%value; head -c 4000 /dev/urandom >"$DIR/part"
	for i in {1..510}; do cat "$DIR/part" >d/$i; done; echo x >k'
r=$(revision)

# The second mount has its etcd behind a narrow connection.
port=$(free_ports 1)
echo 1e9 >"$DIR/rate"
python3 "$TOP/tests/lib/narrow.py" "$port" "$RUN/client:0" "$DIR/rate" &
NARROW=$!
end_narrow() { kill "$NARROW" 2>/dev/null || true; }
AT_END+=(end_narrow)
wait_until "the narrow connection" eval ': 2>/dev/null <>"/dev/tcp/127.0.0.1/$port"'
ENDPOINTS=http://127.0.0.1:$port start_second -o timeout=4
echo 7e5 >"$DIR/rate"
timed() { # timed MIN SCRIPT ARG...: the SCRIPT in the second mount takes so many seconds at least
	local least=$1 began=$EPOCHREALTIME
	shift
	in_second "$@"
	check "it takes long" awk "BEGIN { exit !($EPOCHREALTIME - $began > $least) }"
}
timed 4 'ls "d/.etcd/at/$1" | grep -c . | grep -qx 511' "$r"
check "two at once" in_second 'ls "d/.etcd/at/$1/" | grep -c . >"$DIR/one" & ls "d/.etcd/at/$1/" | grep -c . >"$DIR/two"
	wait; [ "$(cat "$DIR/one" "$DIR/two" | paste -sd " ")" = "511 511" ]' $((r - 1))
# A signal, once the process waits for the mount.
check "a signal" in_second 'env --default-signal=INT python3 -c "import os, sys
try:
    open(sys.argv[1], \"w\").write(str(os.getpid()))
    os.stat(sys.argv[2])
except KeyboardInterrupt: sys.exit(9)" "$DIR/asks" "d/.etcd/at/$1" & child=$!
	until [ -s "$DIR/asks" ] && pid=$(cat "$DIR/asks") &&
		grep -q "^request_wait_answer\|^fuse" "/proc/$pid/wchan"; do sleep 0.01; done
	kill -INT "$pid"; wait $child; [ $? = 9 ]' $((r - 2))
echo 1e9 >"$DIR/rate"
check "another goes on" in_second '[ "$(cat "d/.etcd/at/$1/1" | wc -c)" = 4000 ]' $((r - 2))

# An outage.
allow_log etcd
freeze "$(etcd_pid)"
there=$MNT_B/d/.etcd/at
fails "while etcd is away" "timed out" limit ls "$there/$((r - 3))/"
check "what is loaded" limit diff "$there/$r/510" "$DIR/part"
kill -CONT "$(etcd_pid)"
wait_until "it again" in_second 'ls "d/.etcd/at/$1/1"' $((r - 3))
