#!/bin/bash
# etcdfs follows its mount when the mount moves, and ends when it is taken off, whoever has a copy of it.
# Statements: 278, 279.
# The case has a mount namespace of its own: when mounts of other processes come and go, the kernel wakes the
# supervisor, which must notice a move without that.
if [ -z "${INSIDE:-}" ] && unshare -m true 2>/dev/null; then
	INSIDE=1 exec unshare -m -- "$0"
fi
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/events.sh"

requires "needs inotify-tools" command -v inotifywait
requires "needs root, to mount" [ "$(id -u)" = 0 ]
# A mount below a shared one cannot be moved.
AREA=$DIR/area
mkdir "$AREA"
limit mount -t tmpfs none "$AREA"
limit mount --make-private "$AREA"
mkdir -p "$AREA/parent/mnt" "$AREA/other"
MNT=$AREA/parent/mnt

# private_copy: a process in a mount namespace of its own, which has a copy of every mount.
private_copy() {
	unshare --mount --propagation private sleep 1000 &
	COPY=$!
	wait_until "the copy" grep -qs " $MNT " "/proc/$COPY/mountinfo"
	wait_until "the namespace" differs "/proc/$COPY/ns/mnt" /proc/self/ns/mnt
}
differs() { [ "$(readlink "$1")" != "$(readlink "$2")" ]; }
# ends_its_process PID: has PID been sent a SIGTERM that it has not taken?
ends_its_process() {
	local pending
	pending=$(sed -n 's/^ShdPnd:\t//p' "/proc/$1/status")
	[ $((0x$pending & 1 << 14)) != 0 ]
}
end_copy() {
	kill "$COPY"
	wait "$COPY" || true
}

# Whoever umounts it ends it, though somebody elsewhere has a copy.
start_mount
private_copy
take_off umount "$MNT"
check "the end after umount" ended
check "the copy is still in its namespace" grep -q " $MNT " "/proc/$COPY/mountinfo"
end_copy
nothing_left

# The next one begins where it is said to; it is lazily taken off while somebody is in it.
start_mount
in_mount 'echo 1 >key; mkdir dir'
(cd "$MNT" && exec sleep 1000) &
inside=$!
wait_until "somebody inside" test /proc/$inside/cwd -ef "$MNT"
limit umount -l "$MNT"
check "the end after umount -l" ended
kill "$inside"
wait "$inside" || true
nothing_left

# Whose mount was taken off while its process stood still leaves alone what is mounted there since.
start_mount
in_mount 'echo 1 >key'
old=$(fs_pid) first=$PID
freeze "$old"
limit umount -l "$MNT"
wait_until "the supervisor has seen it" ends_its_process "$old"
NAME=$NAME-2 DATA=$DATA-2 start_mount
in_mount 'echo new >key'
second=$PID
kill -KILL "$old"
PID=$first
check "the end of the first" ended
equal "the second" new "$(in_mount 'cat key')"
PID=$second RUN=$RUN-2 stop_mount

# The directory above it gets another name.
expect_log "mountpoint $AREA/parent/mnt: moved to $AREA/new/mnt"
start_mount
mv "$AREA/parent" "$AREA/new"
mkdir -p "$AREA/parent/mnt"
MNT=$AREA/new/mnt MNT_OF_EVENTS=$AREA/new/mnt
watch w "$MNT"
step w "an event after mv" "$(changed key)" ctl put key 2
unwatch w
lock_says() { [ "$(cut -d ' ' -f 2- "$1/etcdfs.lock")" = "$2" ]; }
wait_until "the lock says where it is" lock_says "$DATA" "$MNT"

# The mount itself moves, and what is mounted on the old place then is not touched.
expect_log "mountpoint $AREA/new/mnt: moved to $AREA/other"
limit mount --move "$MNT" "$AREA/other"
limit mount -t tmpfs none "$AREA/new/mnt"
MNT=$AREA/other MNT_OF_EVENTS=$AREA/other
watch moved "$MNT"
step moved "an event after mount --move" "$(changed key)" ctl put key 3
wait_until "the lock says where it is" lock_says "$DATA" "$MNT"
unwatch moved

# Where it is it comes back after a crash.
expect_log "the filesystem process killed by signal 9 .*; it is started again"
kill -KILL "$(fs_pid)"
wait_until "it is back" is_usable
equal "the key" 3 "$(in_mount 'cat key')"
watch again "$MNT"
step again "an event after the crash" "$(changed key)" ctl put key 4
unwatch again
kill -TERM "$PID"
check "the end" ended
nothing_left
check "the other filesystem is still there" mountpoint -q "$AREA/new/mnt"
limit umount "$AREA/new/mnt"

# A whole copy in the same namespace is it, when the first goes.
mkdir "$AREA/copy"
expect_log "mountpoint $AREA/other: moved to $AREA/copy"
start_mount
limit mount --bind "$MNT" "$AREA/copy"
take_off umount "$MNT"
MNT=$AREA/copy MNT_OF_EVENTS=$AREA/copy
wait_until "the lock says where it is" lock_says "$DATA" "$MNT"
is_alive "$PID" || die "it has ended"
equal "the key" 4 "$(in_mount 'cat key')"
take_off umount "$MNT"
check "the end of the last" ended
nothing_left

# A part of it elsewhere does not keep it.
start_mount
limit mount --bind "$MNT/dir" "$AREA/other"
take_off umount "$MNT"
check "the end, but for a part" ended
limit umount "$AREA/other"
nothing_left
