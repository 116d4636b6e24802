#!/bin/bash
# After SIGUSR2 the program that is at its path now goes on with mount, etcd and hook, or else the old one does.
# Statements: 376, 377, 378, 460.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/successor.sh"
. "$TOP/tests/lib/writers.sh"
. "$TOP/tests/lib/manager.sh"

requires "needs jq" command -v jq

# Whatever fails before it is executed leaves the running one alone.
. "$TOP/tests/lib/upgrade.sh"
replace_by() {
	install -m 755 "$1" "$DIR/next"
	mv "$DIR/next" "$DIR/etcdfs"
}
failed_otherwise() { jq -c 'select(.errno and .end != "lost")' "$WRITERS"/journal.*; }
is_told_again() { [[ $(heard '^(READY|RELOADING)=' | tail -n 1) = READY=1* ]]; }

# A hook runs all the time, and writes when it ends.
mkfifo "$DIR/go"
conf=$DIR/etcdfs.conf
printf '[mount]\ntimeout = 20\n[hooks]\non-leader = echo begun >>%s/hook; read x <%s/go; echo ended >>%s/hook\n' \
	"$DIR" "$DIR" "$DIR" >"$conf"
start_manager
# shellcheck disable=SC2046
setsid env --default-signal=INT "$(manager_of)" "$ETCDFS" -f -c "$conf" $(own_options) "$MNT" \
	>>"$LOG" 2>&1 </dev/null &
PID=$!
wait_until "start" is_mounted_or_over
wait_until "start" is_usable_or_over
wait_until "the hook" grep -qs begun "$DIR/hook"
in_mount 'echo 1 >key; mkdir dir; echo 2 >dir/key'
etcd=$(etcd_pid)
pid=$PID
mount=$(mount_of "$MNT")

# What is open in a process that is replaced is lost, as when it dies; every path is served.
exec {file}<"$MNT/key"
version=$("$real" --version | cut -d ' ' -f 2)
LC_ALL=C sed "s/${version//./\\.}/${version%?}x/g" "$real" >"$DIR/later" # no byte moves
replace_by "$DIR/later"
upgrade
equal "who serves" "${version%?}x $PID" "$(in_mount 'jq -r "\"\(.etcdfs.version) \(.etcdfs.pid)\"" .etcd/status')"
fails "what was open" "stale" bash -c "cat <&$file"
exec {file}<&-
equal "every path" "1 2" "$(in_mount 'cat key dir/key' | xargs)"
equal "mount, etcd and process are the same" "$mount $etcd $pid" "$(mount_of "$MNT") $(etcd_pid) $PID"
equal "its role" leader "$(timeout 5 cat "$MNT/.role")"
wait_until "the service manager is told" has_heard '^RELOADING=1$'
wait_until "and that it is over" is_told_again
equal "no other hook" begun "$(cat "$DIR/hook")"

# Twice in a row, under writers that are told the truth.
start_writers 4 "$MNT"
for _ in 1 2 3; do
	replace_by "$real"
	heals "under load" upgrade
done
judge_writers "$RUN" "$MNT"
equal "what fails but the use of what was open" "" "$(failed_otherwise)"
check "the hook waits" timeout 5 bash -c 'echo x >"$DIR/go"'
wait_until "the hook's end" grep -q ended "$DIR/hook"

# What cannot go on is not executed.
refused() {
	local filesystem
	filesystem=$(fs_pid)
	expect_log "$2"
	kill -USR2 "$PID"
	wait_until "$1" grep -qE "$2" "$LOG"
	equal "$1: nothing is replaced" "$filesystem" "$(fs_pid)"
	equal "$1: it works" 1 "$(in_mount 'cat key')"
}
replace_by /bin/false
refused "a program that fails" "etcdfs cannot go on with the mount, and the program that runs does: ended with status 1"
replace_by /bin/true
refused "another program" "the program that runs does: ended with status 0"
printf 'x' >"$DIR/broken"
replace_by "$DIR/broken"
refused "no program" "the program that runs does: Exec format error"
head -c 200000 "$real" >"$DIR/broken"
replace_by "$DIR/broken"
refused "half a program" "the program that runs does: killed by signal"
printf '#!/bin/sh\nsleep 600 >/dev/null 2>&1 &\necho $! >%s/left\nexit 3\n' "$DIR" >"$DIR/broken"
replace_by "$DIR/broken"
refused "a program that leaves a process" "the program that runs does: ended with status 3"
wait_until "which ends as well" is_gone "$(cat "$DIR/left")"
chmod 644 "$DIR/etcdfs"
refused "a file that is no program" "the program that runs does: Permission denied"
rm "$DIR/etcdfs"
refused "nothing" "the program that runs does: No such file or directory"
replace_by "$real"
echo "nonsense = 1" >>"$conf"
refused "a wrong file" "the program that runs does: .*nonsense"
printf '[mount]\nprefix = other/\n' >"$conf"
refused "another prefix" "the program that runs does: .*prefix is 'other/' now"

# What may be different is read again: metadata, a timeout, and a hook for the next change.
in_mount 'chmod 600 key'
printf '[mount]\nmetadata = off\n[hooks]\non-change = echo changed >>%s/hook\n' "$DIR" >"$conf"
upgrade
equal "without metadata" 644 "$(in_mount 'stat -c %a key')"
replace_filesystem
expect_log "killed by signal 9"
in_mount 'echo 3 >key'
equal "written after" 3 "$(value_of key)"
stop_mount TERM
