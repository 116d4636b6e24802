#!/bin/bash
# An upgrade in the background, with COMMAND, and just before the end; and one whose program ends in our place.
# Statements: 138, 376, 377, 379.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/successor.sh"
. "$TOP/tests/lib/upgrade.sh"

holder() { cut -d ' ' -f 1 "$DATA/etcdfs.lock"; }

# In the background; a SIGHUP changes nothing there, before and after.
# shellcheck disable=SC2046
check "a start" limit "$ETCDFS" $(own_options) "$MNT"
PID=$(holder)
upgrade
kill -HUP "$PID"
upgrade
in_mount 'echo 1 >key'
equal "its process" "$PID" "$(holder)"
equal "where its log goes" /dev/null "$(readlink "/proc/$PID/fd/2")"
take_off umount "$MNT"
wait_until "the end of all" none_marked
PID=
nothing_left

# COMMAND goes on, does not get the signal, and its status is that of etcdfs.
# shellcheck disable=SC2046,SC2016
setsid env --default-signal=INT "$ETCDFS" $(own_options) "$MNT" -- sh -c \
	'trap "echo USR2 >>$DIR/heard" USR2; echo $$ >$DIR/command
	until [ -e $DIR/stop ]; do sleep 0.1; done; exit 7' \
	>>"$LOG" 2>&1 </dev/null &
PID=$!
wait_until "COMMAND" test -s "$DIR/command"
command=$(cat "$DIR/command")
upgrade
upgrade
check "COMMAND runs" is_alive "$command"
equal "it is our child" "$PID" "$(ps -o ppid= -p "$command" | xargs)"
check "it has not got the signal" test ! -e "$DIR/heard"
touch "$DIR/stop"
status=0
ended || status=$?
equal "its status" 7 "$status"
nothing_left

# An end that comes while the program is replaced.
for end in umount TERM; do
	start_mount
	kill -USR2 "$PID"
	stop_mount "$end"
done

# A program that ends in our place: what is left is what a supervisor that dies leaves (36, 150).
start_mount
cat >"$DIR/next" <<END2
#!/bin/sh
[ "\$1" != --would-go-on ] || exec $real "\$@"
exit 5
END2
chmod 755 "$DIR/next"
mv "$DIR/next" "$ETCDFS"
kill -USR2 "$PID"
status=0
ended || status=$?
equal "its status" 5 "$status"
wait_until "the end of the mount" is_unmounted
wait_until "the end of all" none_marked
rm -r "$RUN"
