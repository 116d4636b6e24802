#!/bin/bash
# Installed without an init: mounts by the program and by fstab, the manual, upgrade, remove, purge.
# shellcheck source=tests/package/lib.sh
. "$(dirname "$0")/lib.sh"

# What the package depends on and what the examples use, but not the package itself.
dependencies() {
	apt install attr etcd-client iproute2 man-db procps python3
	apt satisfy "$(dpkg-deb -f "$OUT"/new/etcdfs_*.deb Depends)"
}

manual() {
	local page words
	for page in $(dpkg -L etcdfs | grep '^/usr/share/man/.*\.gz$'); do
		words=$(MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
		equal "what man says of $page" "" "$words"
	done
	man etcdfs | grep -q 'a cluster.s shared state'
}

# Those of the installed pages, by the case that runs them for a build.
examples() {
	local page build=/srv/examples
	mkdir -p "$build/supervisor" "$build/docs"
	ln -s /usr/bin/etcdfs "$build/supervisor/etcdfs"
	for page in etcdfs.8 etcdfs.conf.5 mount.etcdfs.8; do
		man -w "${page##*.}" "${page%.*}" | xargs zcat >"$build/docs/$page"
	done
	ETCDFS=$build/supervisor/etcdfs limit bash "$OUT/source/tests/cases/manual.sh"
}

mounts() {
	mkdir -p /mnt/kv
	echo 'none /mnt/kv etcdfs noauto,rw 0 0' >>/etc/fstab
	limit mount /mnt/kv
	equal "its type" fuse.etcdfs "$(findmnt -n -o FSTYPE --mountpoint /mnt/kv)"
}

unmounts() {
	limit umount /mnt/kv
	wait_until "the end of etcdfs" etcdfs_is_gone
}

upgrade() {
	local said
	hold /mnt/kv
	said=$(install new)
	says "the upgrade" 'etcdfs: /mnt/kv goes on with the version that it was started with' "$said"
	[ "$(etcdfs --version)" != "$old_version" ] || die "the upgrade has not replaced the program"
	goes_on /mnt/kv
	unmounts
	limit mount /mnt/kv
	equal "the program of the next start" /usr/bin/etcdfs "$(readlink "/proc/$(supervisor)/exe")"
	equal "the data after the upgrade" after "$(cat /mnt/kv/dir/held)"
}

remove() {
	local said
	echo '# mine' >/etc/etcdfs/mine.conf
	said=$(apt remove etcdfs 2>&1)
	says "removing" 'etcdfs: /mnt/kv stays mounted' "$said"
	[ ! -e /usr/bin/etcdfs ] || die "the program is left"
	equal "a mount that stays" after "$(limit cat /mnt/kv/dir/held)"
	unmounts
}

purge() {
	purges /var/lib/etcdfs/default
	rmdir /mnt/kv
	equal "what is left" "" "$(left /tmp/before)"
}

LIMIT=300

dependencies
state >/tmp/before
install old
old_version=$(etcdfs --version)
equal "the old version" "etcdfs 0.0.9" "$old_version"
manual
examples
mounts
upgrade
remove
purge
tell "mounted by fstab, upgraded and removed under the mount, purged: nothing is left"
