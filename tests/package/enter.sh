#!/bin/bash
# Becomes process 1 of a root: in namespaces of its own, which tests/package/run has made.
#
#	enter.sh SUITE_DIR LAYER STEP
#
# STEP is a script of tests/package without its .sh, or `boot`: systemd, which runs init.sh.
set -euo pipefail

dir=$1
layer=$1/$2
step=$3
root=$layer/root
# RUNLEVEL: so that no package starts its service.
environment=(PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb
	DEBIAN_FRONTEND=noninteractive RUNLEVEL=1)

mount_devices() {
	local name
	mount -t tmpfs -o mode=755 dev "$root/dev"
	for name in null zero full random urandom tty fuse; do
		touch "$root/dev/$name"
		mount --bind "/dev/$name" "$root/dev/$name"
	done
	mkdir "$root/dev/pts" "$root/dev/shm"
	mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
	ln -s pts/ptmx "$root/dev/ptmx"
	ln -s /proc/self/fd "$root/dev/fd"
	mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
}

mount_all() {
	mount --make-rprivate /
	mount -t overlay -o "lowerdir=$dir/base,upperdir=$layer/upper,workdir=$layer/work" overlay "$root"
	mount -t proc proc "$root/proc"
	mount -t sysfs sysfs "$root/sys"
	mount -t fusectl fusectl "$root/sys/fs/fuse/connections"
	mount -t tmpfs -o mode=755 run "$root/run"
	mount_devices
	mkdir -p "$root/srv/out"
	mount --bind "$dir/out" "$root/srv/out"
	mount --bind "$dir/../archives/${dir##*/}" "$root/var/cache/apt/archives"
}

# The service that runs the step, and ends systemd with it.
prepare_boot() {
	local units=$root/etc/systemd/system
	mount -t cgroup2 cgroup "$root/sys/fs/cgroup"
	mkdir -p "$units/multi-user.target.wants"
	cat >"$units/package-test.service" <<-'UNIT'
		[Unit]
		SuccessAction=exit-force
		FailureAction=exit-force
		[Service]
		Type=oneshot
		TimeoutStartSec=1500
		Environment=HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
		StandardOutput=file:/srv/out/init.log
		StandardError=inherit
		ExecStart=/bin/bash -c '/bin/bash /srv/out/test/init.sh; echo $$? >/srv/out/status'
	UNIT
	ln -sf ../package-test.service "$units/multi-user.target.wants/"
}

mount_all
case $step in
boot)
	prepare_boot
	exec chroot "$root" env -i container=test /lib/systemd/systemd
	;;
*) exec chroot "$root" env -i "${environment[@]}" bash "/srv/out/test/$step.sh" ;;
esac
