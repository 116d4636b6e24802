#!/bin/bash
# An automount trigger (x-systemd.automount) has an etcdfs mounted for who enters it, and is left by umount.
# Statements: 304.
[ -n "${IN_NAMESPACE:-}" ] || ! unshare -m true 2>/dev/null ||
	exec env IN_NAMESPACE=yes unshare -m bash "$0" "$@"
. "$(dirname "$0")/../lib/case.sh"

requires "needs a mount namespace, and so root" test -n "${IN_NAMESPACE:-}"
requires "the kernel has no autofs" grep -qw autofs /proc/filesystems
. "$TOP/tests/lib/fstab.sh"

configure kv <<CONF
[etcd]
name = $NAME
data-dir = $DATA
CONF

mounts() { awk -v at="$MNT" '$5 == at { print $(NF - 2) }' /proc/self/mountinfo | paste -sd ' '; }

take_down() {
	take_off umount "$MNT"
	equal "what umount leaves" autofs "$(mounts)"
	wait_until "the end of etcdfs" test ! -e "$RUN"
}

# As systemd calls it, in the process group that the kernel has been told.
python3 "$TOP/tests/lib/automounter.py" "$MNT" \
	bash -c 'mount kv "$0" -t etcdfs -o "$(cat "$1")"' "$MNT" "$DIR/options" \
	>"$DIR/statuses" 2>"$DIR/words" &
automounter=$!
has_mounted() { [ "$(paste -sd ' ' "$DIR/statuses")" = "ready${1:+ $1}" ]; }
wait_until "the trigger" has_mounted ""

# Who enters it waits until the mount is usable.
echo noexec,x-systemd.automount >"$DIR/options"
in_mount 'echo 1 >key' || die "the mount: $(cat "$DIR/words")"
equal "the value" 1 "$(value_of key)"
equal "what is mounted" "autofs fuse.etcdfs" "$(mounts)"
check "it was mounted once" has_mounted 0
equal "etcd in the automounter's group" "" "$(pgrep -g "$automounter" -x etcd || true)"
take_down

# Again, and with ro, which is set after the mount is made.
echo ro >"$DIR/options"
equal "the value of the second mount" 1 "$(limit cat "$MNT/key")"
fails "a change" "read-only" in_mount 'echo 2 >key'
take_down

# Whoever enters it learns that the mount has failed, and may try again.
echo colour=red >"$DIR/options"
fails "an option that is refused" "no such file" limit cat "$MNT/key"
check "the statuses" has_mounted "0 0 1"
equal "what is left of it" autofs "$(mounts)"

# By hand, which does not disturb the automounter.
status_is 0 mount -t etcdfs kv "$MNT"
equal "the value of the mount by hand" 1 "$(limit cat "$MNT/key")"
check "the automounter was not asked" has_mounted "0 0 1"
take_down
kill "$automounter"
wait "$automounter" || true
umount "$MNT"
