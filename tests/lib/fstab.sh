# An /etc and an /sbin of the case's own, for what mount(8) looks up there.
# shellcheck shell=bash
#
# A case that uses it runs itself again in a mount namespace before it sources case.sh:
#
#   [ -n "${IN_NAMESPACE:-}" ] || exec env IN_NAMESPACE=yes unshare -m bash "$0" "$@"
#
# and sources this file after case.sh. The machine's own /etc and /sbin stay as they are.
#
#   fstab LINE...           /etc/fstab has these lines
#   configure NAME          /etc/etcdfs/NAME.conf is the standard input
#   option DIR WORD         is WORD among the options of the mount on DIR?
#   source_of DIR           what findmnt calls its source
#   status_is N COMMAND...  COMMAND ends with the status N; its words are in $WORDS

mkdir -p "$DIR/etc/etcdfs" "$DIR/sbin"
for file in alternatives fuse.conf group hosts ld.so.cache mtab nsswitch.conf passwd; do
	[ ! -e "/etc/$file" ] || cp -a "/etc/$file" "$DIR/etc"
done
touch "$DIR/etc/fstab"
cp -a "$(command -v mount.fuse3)" "$DIR/sbin"
ln -s mount.fuse3 "$DIR/sbin/mount.fuse"
ln -s "$ETCDFS" "$DIR/sbin/mount.etcdfs"
ln -s "$ETCDFS" "$DIR/sbin/mount.fuse.etcdfs"
mount --bind "$DIR/etc" /etc
mount --bind "$DIR/sbin" "$(readlink -f /sbin)"

fstab() { printf '%s\n' "$@" >"$DIR/etc/fstab"; }

configure() { cat >"$DIR/etc/etcdfs/$1.conf"; }

option() { [[ ,$(findmnt -nro OPTIONS --mountpoint "$1"), == *,"$2",* ]]; }

source_of() { findmnt -nro SOURCE --mountpoint "$1"; }

status_is() {
	local expected=$1 status=0
	shift
	WORDS=$(limit "$@" 2>&1 >/dev/null </dev/null) || status=$?
	equal "the status of $* ($WORDS)" "$expected" "$status"
}
