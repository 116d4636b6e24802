#!/bin/bash
# An ordinary user mounts a line of fstab that has "user", and takes the mount off.
# Statements: 306.
[ -n "${IN_NAMESPACE:-}" ] || ! unshare -m true 2>/dev/null ||
	exec env IN_NAMESPACE=yes unshare -m bash "$0" "$@"
. "$(dirname "$0")/../lib/case.sh"

requires "needs a mount namespace, and so root" test -n "${IN_NAMESPACE:-}"
requires "needs mount.fuse3" command -v mount.fuse3
requires "needs a user 'nobody'" id nobody
requires "needs a setuid mount(8)" test -u "$(command -v mount)"
for_other_users
. "$TOP/tests/lib/fstab.sh"

mkdir "$DIR/home"
mv "$MNT" "$DIR/home/mnt"
MNT=$DIR/home/mnt
chown -R nobody "$DIR/home" "$XDG_RUNTIME_DIR"
fstab "kv $MNT etcdfs noauto,user,ro 0 0" "writable $MNT etcdfs noauto,user,exec 0 0"
configure kv <<CONF
[etcd]
name = $NAME
CONF
cp "$DIR/etc/etcdfs/kv.conf" "$DIR/etc/etcdfs/writable.conf"
# The machine's /dev/fuse may be root's alone.
mknod -m 666 "$DIR/fuse" c 10 229
mount --bind "$DIR/fuse" /dev/fuse

cat >"$DIR/user" <<'USER'
set -eu
export HOME=$DIR/home XDG_STATE_HOME=$DIR/home/state
take_off() {
	until umount "$MNT" 2>"$HOME/words"; do # busy while an event is just being made (36)
		grep -qi busy "$HOME/words"
		sleep 0.05
	done
	while [ -e "$XDG_RUNTIME_DIR/etcdfs/$NAME" ]; do sleep 0.05; done
}
refused() { # COMMAND...
	! "$@" 2>"$HOME/words" || { echo "it worked: $*" >&2; exit 1; }
}
mount writable
cd "$MNT"
[ "$(stat -c %U .)" = nobody ]
until echo world >hello; do sleep 0.05; done # not while a loaded machine's etcd is late
cd /
[ "$(findmnt -nro SOURCE "$MNT")" = writable ]
refused mount -o remount,ro "$MNT"
refused mount writable
take_off
mount kv
[ "$(cat "$MNT/hello")" = world ]
findmnt -nro OPTIONS "$MNT" | tr ',' '\n' | grep -qx noexec
refused touch "$MNT/new"
refused mount missing
USER
check "as nobody" limit env MNT="$MNT" \
	setpriv --reuid=nobody --regid=nogroup --clear-groups bash "$DIR/user"

# Nor does root make writable what a user has mounted with ro.
status_is 32 mount.etcdfs kv "$MNT" -o remount,rw
check "it says why" grep -q "started with ro" <<<"$WORDS"
one_line "started with ro"
take_off umount "$MNT"
wait_until "the end of all" none_marked
