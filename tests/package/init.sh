#!/bin/bash
# Installed where systemd runs: a service and a line of fstab, upgrade, remove, purge.
# shellcheck source=tests/package/lib.sh
. "$(dirname "$0")/lib.sh"

service=etcdfs@kv.service
trap 'systemctl --no-pager --failed; journalctl --no-pager --boot --lines 50 -u "$service" -u mnt-auto.mount' EXIT

first_install() {
	local said
	said=$(install old)
	says "the first install" 'etcd.service of the package etcd-server runs on port 2379' "$said"
	systemd-analyze verify "$service"
	systemctl list-unit-files 'etcdfs*'
}

# Beside it, a mount by fstab.
mounts() {
	mkdir /mnt/kv /mnt/auto
	printf '[mount]\nmountpoint = /mnt/kv\n' >/etc/etcdfs/kv.conf
	limit systemctl enable --now "$service"
	is_usable /mnt/kv || die "the service is ready, and its mount is not: $(systemctl status "$service")"
	findmnt -n --task 1 --mountpoint /mnt/kv >/dev/null || die "systemd does not see the mount"
	printf '[etcd]\nname = auto\n' >/etc/etcdfs/auto.conf
	echo 'auto /mnt/auto etcdfs _netdev,nofail 0 0' >>/etc/fstab
	systemctl daemon-reload
	limit systemctl start mnt-auto.mount
	equal "the mount of fstab" leader "$(limit cat /mnt/auto/.role)"
}

# The supervisor of the service: that of the automount is another one.
supervisor() { systemctl show -P MainPID "$service"; }

upgrade() {
	local said pid
	pid=$(supervisor)
	hold /mnt/kv
	said=$(install new)
	says "the upgrade" 'etcdfs: /mnt/kv goes on with the version that it was started with' "$said"
	says "the upgrade" 'etcdfs: /mnt/auto goes on' "$said"
	equal "the service's process" "$pid" "$(supervisor)"
	goes_on /mnt/kv
	limit systemctl restart "$service"
	equal "the program of the next start" /usr/bin/etcdfs "$(readlink "/proc/$(supervisor)/exe")"
	equal "the data after the upgrade" after "$(limit cat /mnt/kv/dir/held)"
}

remove() {
	local said
	said=$(apt remove etcdfs 2>&1)
	says "removing" "etcdfs: stops $service" "$said"
	says "removing" 'etcdfs: /mnt/auto stays mounted' "$said"
	is_unmounted /mnt/kv || die "the service's mount is left"
	equal "a mount that stays" leader "$(limit cat /mnt/auto/.role)"
	limit systemctl stop mnt-auto.mount
	wait_until "the end of etcdfs" etcdfs_is_gone
}

purge() {
	purges /var/lib/etcdfs/kv
	systemctl daemon-reload
	rmdir /mnt/kv /mnt/auto
	equal "what is left" "" "$(left /tmp/before)"
	equal "units that are left" "" "$(systemctl list-units --all --type=service,mount --plain --no-legend \
		'*etcdfs*' 'mnt-*')"
}

wait_until "etcd-server's own etcd" systemctl is-active etcd.service
state >/tmp/before
first_install
mounts
upgrade
remove
purge
trap - EXIT
tell "mounted by unit and by fstab, upgraded and removed under the mounts, purged: nothing is left"
