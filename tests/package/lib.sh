# What the steps have in common; each of them is process 1, or systemd's, in a root of its own.
# shellcheck shell=bash
#
# A line that begins with "| " is shown by tests/package/run, also if all is well.
set -Eeuo pipefail

# shellcheck source=tests/lib/judge.sh
. "$(dirname "${BASH_SOURCE[0]}")/judge.sh"
OUT=/srv/out
LIMIT=60
trap 'echo "$0: line $LINENO: status $?: $BASH_COMMAND"' ERR

die() {
	echo "$*"
	exit 1
}

tell() { echo "| $*"; }

# says WHAT REGEX TEXT
says() { grep -qE -- "$2" <<<"$3" || die "$1: expected /$2/, got: $3"; }

apt() { apt-get -q -y -o Dpkg::Use-Pty=0 --no-install-recommends "$@"; }

# install OLD|NEW: prints what apt and the package's scripts say.
install() { apt install "$OUT/$1"/etcdfs_*.deb 2>&1; }

etcdfs_is_gone() { ! pgrep -x 'etcdfs|mount.etcdfs' >/dev/null; }

is_mounted() { findmnt -n -t fuse.etcdfs --mountpoint "$1" >/dev/null; }

is_unmounted() { ! is_mounted "$1"; }

# purges DATA: what purging says, leaves, and takes away; DATA is that of the etcd that ran.
purges() {
	local said
	said=$(apt purge etcdfs 2>&1)
	says "purging" 'etcdfs: /var/lib/etcdfs is left, with the data of etcd' "$said"
	says "purging" 'etcdfs: /etc/etcdfs is left, with your configuration' "$said"
	[ -d "$1/member" ] || die "the data are lost"
	rm -r /var/lib/etcdfs /etc/etcdfs
	sed -i /etcdfs/d /etc/fstab
}

is_usable() { [ -n "$(timeout 5 cat "$1/.role" 2>/dev/null)" ]; }

# The supervisor of the only mount.
supervisor() { pgrep -o -x 'etcdfs|mount.etcdfs'; }

# What apt, dpkg, systemd and their triggers keep for themselves, and what is no file of the root.
NOT_STATE=(/dev /proc /run /srv /sys /tmp /var/cache /var/lib/apt /var/lib/dpkg /var/log
	/etc/ld.so.cache /etc/group- /etc/gshadow- /etc/passwd- /etc/shadow-
	/var/lib/systemd/catalog /var/lib/systemd/random-seed /var/lib/systemd/timers)

# All that a package can leave behind: a line for each file, account and group.
state() {
	local not=() path
	for path in "${NOT_STATE[@]}"; do
		not+=(-o -path "$path")
	done
	find / -xdev \( "${not[@]:1}" \) -prune -o -type d -printf '%p %m %u %g\n' \
		-o -printf '%p %m %u %g %s %l\n' | sort
	find /run -name '*etcdfs*' | sort
	getent passwd
	getent group
}

# left WHAT: what is there since $1 was written, and what is gone.
left() { diff "$1" <(state) | grep '^[<>]' || true; }

# The upgrade under a mount in use: a file is held open, and the filesystem process dies afterwards.
hold() {
	mkdir -p "$1/dir"
	echo before >"$1/dir/held"
	exec 9<>"$1/dir/held"
}

goes_on() {
	local old filesystem
	old=$(readlink "/proc/$(supervisor)/exe")
	equal "the program of the mount" "/usr/bin/etcdfs (deleted)" "$old"
	echo after >&9
	exec 9>&-
	equal "written through what was open" after "$(limit cat "$1/dir/held")"
	filesystem=$(pgrep -P "$(supervisor)" -x etcdfs)
	kill -KILL "$filesystem"
	wait_until "another filesystem process" another_than "$filesystem"
	wait_until "the mount again" is_usable "$1"
	equal "read after that" after "$(limit cat "$1/dir/held")"
}

another_than() {
	local now
	now=$(pgrep -P "$(supervisor)" -x etcdfs) && [ "$now" != "$1" ]
}
