#!/bin/bash
# A privileged side opens and mounts /dev/fuse, and an etcdfs without rights, in a user namespace, serves it.
# Statements: 350, 351.
. "$(dirname "$0")/../lib/case.sh"

requires "needs root, to mount" [ "$(id -u)" = 0 ]
requires "needs user namespaces" unshare --user --map-current-user true
for_other_users
chmod 755 "$MNT"
user=65534
export XDG_STATE_HOME=$DIR/theirs XDG_RUNTIME_DIR=$DIR/theirs HOME=$DIR/theirs
RUN=$XDG_RUNTIME_DIR/etcdfs/$NAME
install -d -m 700 -o "$user" -g "$user" "$DIR/theirs"
DATA=$DIR/theirs/data

fails "a number that is none" "there is no open /dev/fuse of this number" "$ETCDFS" -f --fuse-fd=x "$MNT"
fails "another file" "there is no open /dev/fuse of this number" "$ETCDFS" -f --fuse-fd=9 "$MNT" 9</dev/null
fails "one that is not mounted" "nothing of the type fuse.etcdfs is mounted" \
	"$ETCDFS" -f --fuse-fd=9 "$MNT" 9<>/dev/fuse

start_given() {
	# shellcheck disable=SC2046
	setsid "$TOP/docs/examples/container" "$MNT" "$user" "$ETCDFS" -f "--fuse-fd={}" \
		$(own_options) -o allow_other "$MNT" >>"$LOG" 2>&1 </dev/null &
	OUTER=$!
	wait_until "the mount" is_mounted
	wait_until "the start" is_usable
	PID=$(child_named "$OUTER" etcdfs)
}

start_given
in_mount 'echo value >key; mkdir dir; mv key dir/moved'
equal "the value" value "$(value_of dir/moved)"
equal "who serves it" "$user" "$(stat -c %u "/proc/$(fs_pid)")"
equal "its rights" 0000000000000000 "$(awk '/^CapEff:/ { print $2 }' "/proc/$(fs_pid)/status")"

# Its process is replaced as any other, though nobody in the container could mount.
device=$(awk -v at="$MNT" '$5 == at { print $1, $3 }' /proc/self/mountinfo)
expect_log "it is started again at once, and goes on with the mount"
old=$(fs_pid)
kill -KILL "$old"
wait_until "a successor" in_mount '[ "$(cat dir/moved)" = value ]'
equal "the same mount" "$device" "$(awk -v at="$MNT" '$5 == at { print $1, $3 }' /proc/self/mountinfo)"

# Either side can end it.
kill -TERM "$PID"
PID=$OUTER
check "the end" ended
nothing_left
start_given
equal "the value" value "$(in_mount 'cat dir/moved')"
take_off umount "$MNT"
wait_until "the end of etcdfs" is_gone "$PID"
PID=$OUTER
check "the end" ended
nothing_left

# In the background.
# shellcheck disable=SC2016,SC2046
check "a start in the background" limit "$TOP/docs/examples/container" "$MNT" "$user" \
	sh -c '"$0" --fuse-fd={} "$@" && cat "$MNT/dir/moved"' \
	"$ETCDFS" $(own_options) -o allow_other "$MNT"
wait_until "the end of etcdfs" none_marked
nothing_left
