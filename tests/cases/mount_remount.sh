#!/bin/bash
# mount -o remount makes a mount read-only and writable again, for all its copies; it stays so, and events go on.
# Statements: 82, 303.
[ -n "${IN_NAMESPACE:-}" ] || ! unshare -m true 2>/dev/null ||
	exec env IN_NAMESPACE=yes unshare -m bash "$0" "$@"
. "$(dirname "$0")/../lib/case.sh"

requires "needs a mount namespace, and so root" test -n "${IN_NAMESPACE:-}"
requires "needs mount.fuse3" command -v mount.fuse3
requires "needs inotify-tools" command -v inotifywait
. "$TOP/tests/lib/fstab.sh"
. "$TOP/tests/lib/events.sh"

remount() { status_is 0 mount -o "remount,$1" "$MNT"; }
copy() { limit touch "$DIR/copy/$1"; }
copy_is_refused() { ! copy new 2>"$DIR/words" && grep -qi read-only "$DIR/words"; }
is_read_only() {
	check "$1: the kernel says so" option "$MNT" ro
	fails "$1: writing" "read-only" in_mount 'echo x >key'
	fails "$1: removing" "read-only" in_mount 'rm -f key'
	wait_until "$1: in a copy as well" copy_is_refused
}
is_writable() {
	check "$1: the kernel says so" option "$MNT" rw
	in_mount 'echo "$1" >key && rm -f new && mkdir d && rmdir d' "$1" || die "$1: not writable"
}

start_mount -o allow_other
mkdir "$DIR/copy"
mount --bind "$MNT" "$DIR/copy"
processes=$(pgrep -fc -- "$MNT")
in_mount 'echo 1 >key'
expect_log "^etcdfs: mountpoint $MNT: remounted: ro$"
expect_log "^etcdfs: mountpoint $MNT: remounted: rw$"
allow_log "^etcdfs: mountpoint $MNT: remounted: r[ow](, noexec)?(, sync)?$"
remount ro
is_read_only "remount,ro"
equal "no second instance" "$processes" "$(pgrep -fc -- "$MNT")"
watch remounted "$MNT"
settle remounted
step remounted "a new value" "$(changed key)" ctl put key 2
step remounted "a new key" "$(created other)" ctl put other 1
step remounted "the end of a key" "DELETE other " ctl del other
end_watchers
remount rw
is_writable "remount,rw"
check "in a copy as well" copy key

# Not while a file is open for writing.
exec 3>"$MNT/busy"
status_is 32 mount.etcdfs kv "$MNT" -o remount,ro
check "it says why" grep -q "open for writing" <<<"$WORDS"
one_line "busy"
exec 3>&-
is_writable "a busy one"

# Other flags, without a new mount; what fstab and the kernel say beside them does not matter.
remount noexec,sync,nofail,user_id=0,_netdev
check "noexec" option "$MNT" noexec
check "sync" option "$MNT" sync
check "still writable" option "$MNT" rw
remount ro,noexec,async
check "no sync any more" eval '! option "$MNT" sync'
check "noexec stays" option "$MNT" noexec
is_read_only "remount,ro,noexec"

# The process that serves it is replaced.
umount "$DIR/copy"
expect_log "the filesystem process killed by signal 9 .*; it is started again"
killed=$(fs_pid)
kill -KILL "$killed"
is_replaced() { is_usable && [ "$(fs_pid)" != "$killed" ]; }
wait_until "it is back" is_replaced
check "still noexec" option "$MNT" noexec
check "still ro" option "$MNT" ro
fails "still read-only" "read-only" in_mount 'echo x >key'
remount rw,exec
is_writable "after that"
check "exec" eval '! option "$MNT" noexec'
stop_mount umount

# One that has begun as ro becomes writable too; where no etcdfs is, none is started.
start_mount -o ro
check "ro is shown" option "$MNT" ro
remount rw
is_writable "from the start"
stop_mount
status_is 32 mount.etcdfs kv "$MNT" -o remount,ro
check "it says why" grep -q "no etcdfs is mounted there" <<<"$WORDS"
one_line "not mounted"
nothing_left
