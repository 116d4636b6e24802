#!/bin/bash
# consistency=cached: what the kernel keeps of a dead process is forgotten, and touches are no changes by users.
# Statements: 340, 342, 344, 349, 374, 375.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/successor.sh"
. "$TOP/tests/lib/held_up.sh"

expect_log "it is started again at once, and goes on with the mount"
expect_log "has died, but a debugger or the kernel still holds it; it is started again"
expect_log "the filesystem process killed by signal 9 .*; it was held until now"
allow_log "it is started again in [0-9]+ ms"
start_mount -o consistency=cached
in_mount 'echo old >gone; echo old >changed; mkdir dir; echo old >dir/gone; echo old >dir/touched'
look='stat -c "%n %s" gone changed made dir/gone dir/made 2>&1 | sed "s/stat: .* .\(.*\).: /\1 /"'
known='gone 4
changed 4
made No such file or directory
dir/gone 4
dir/made No such file or directory'
for _ in 1 2 3; do # from the kernel's memory in the end
	equal "before" "$known" "$(in_mount "$look")"
done

# The supervisor does not start a successor before the changes are made.
mounts=$(mount_of "$MNT")
old=$(fs_pid)
freeze "$PID"
kill -KILL "$old"
printf 'del gone\nput changed longer\nput made x\ndel dir/gone\nput dir/made x\n' |
	python3 -B "$TOP/tests/lib/kv.py" "$RUN"
kill -CONT "$PID"
equal "after" 'gone No such file or directory
changed 6
made 1
dir/gone No such file or directory
dir/made 1' "$(in_mount "$look")"
equal "the same mount" "$mounts" "$(mount_of "$MNT")"
wait_until "a successor" another_serves "$old"

# The notifier is about to remove a name for a deletion elsewhere. The process dies, and by then the key is there again.
notifier() { child_named "$(fs_pid)" etcdfs-notify; }
wait_until "the notifier" notifier
in_mount 'cat dir/touched' >/dev/null
old=$(fs_pid) its=$(notifier)
freeze "$its"
ctl del dir/touched >/dev/null
wait_until "the deletion" in_mount '[ ! -e dir/touched ]'
freeze "$old"
kill -CONT "$its"
ctl put dir/touched again >/dev/null
kill -KILL "$old"
wait_until "a successor" another_serves "$old"
wait_until "the end of the notifier" is_gone "$its"
equal "the key" again "$(value_of dir/touched)"
equal "the file" again "$(in_mount 'cat dir/touched')"

# A mkdir asks first whether there is such a name, and when that is ESTALE Linux does not walk the path anew.
make_below() {
	cd "$MNT" || return
	until [ -e "$DIR/go" ]; do sleep 0.02; done
	exec mkdir dir/below
}
(make_below) 2>"$DIR/mkdir" &
maker=$!
wait_until "its directory" eval '[ "$(readlink "/proc/$maker/cwd")" = "$MNT" ]'
for _ in 1 2 3; do in_mount 'stat dir' >/dev/null; done
old=$(fs_pid)
freeze "$old"
touch "$DIR/go"
wait_until "its request" grep -q "^request_wait_answer\|^fuse" "/proc/$maker/wchan"
kill -KILL "$old"
wait "$maker" || true
check "ESTALE ($(cat "$DIR/mkdir"))" grep -q "Stale file handle" "$DIR/mkdir"
equal "what it made" "" "$(keys dir/below)"

# The kernel holds the thread that tells it of a change in a directory, because of a mkdir there that only a
# successor answers.
in_mount 'echo old >dir/key-1'
hold_up died
old=$(fs_pid)
kill -KILL "$old"
kill -CONT "$(etcd_pid)"
wait_until "a successor" another_serves "$old"
wait "$STUCK" || true
check "no error of a dead mount ($(cat "$DIR/stuck"))" eval '! grep -qE "abort|not connected" "$DIR/stuck"'
wait_until "its end" has_ended "$old"
equal "the same mount" "$mounts" "$(mount_of "$MNT")"

# The end, while the kernel holds one and its successor has not started yet.
hold_up ended
old=$(fs_pid)
kill -KILL "$old"
wait_until "its successor to be due" grep -qF "(pid $old) has died" "$LOG"
kill -CONT "$(etcd_pid)"
kill -TERM "$PID"
check "the end" ended
check "its end ($old)" has_ended "$old"
nothing_left
