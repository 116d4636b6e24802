#!/bin/bash
# Becomes systemd, process 1 of the namespaces that tests/systemd/run has made.
set -euo pipefail
dir=$1 top=$2 etcdfs=$3
root=/run/etcdfs-root

mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p "$root" /run/etcdfs-layer /run/etcdfs-test
mount -t tmpfs layer /run/etcdfs-layer
mkdir /run/etcdfs-layer/{upper,work}
mount -t overlay -o lowerdir=/,upperdir=/run/etcdfs-layer/upper,workdir=/run/etcdfs-layer/work \
	overlay "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t fusectl fusectl "$root/sys/fs/fuse/connections"
mount -t cgroup2 cgroup "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 dev "$root/dev"
for name in null zero full random urandom tty; do
	touch "$root/dev/$name"
	mount --bind "/dev/$name" "$root/dev/$name"
done
mknod -m 666 "$root/dev/fuse" c 10 229
mknod -m 600 "$root/dev/autofs" c 10 235
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs -o mode=755 run "$root/run"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
mkdir "$root/run/out"
mount --bind "$dir" "$root/run/out"

# The program, where the units have it; what is tested here must not come from the machine itself.
install -m 755 "$etcdfs" "$root/usr/bin/etcdfs"
ln -sf /usr/bin/etcdfs "$root/usr/sbin/mount.etcdfs"
install -m 644 "$(dirname "$etcdfs")/../docs/etcdfs.conf.example" "$root/run/example"
for kind in system user; do
	sed 's,@bindir@,/usr/bin,g' "$top/docs/systemd/$kind/etcdfs@.service.in" \
		>"$root/etc/systemd/$kind/etcdfs@.service"
done
rm -rf "$root/etc/etcdfs" "$root/var/lib/etcdfs"
install -m 755 "$top/tests/systemd/inside.sh" "$root/run/inside.sh"
install -m 644 "$top/tests/lib/judge.sh" "$root/run/judge.sh"
install -m 644 "$top/tests/systemd/test.service" "$root/etc/systemd/system/etcdfs-test.service"
exec chroot "$root" env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd \
	--unit=etcdfs-test.service --log-target=console --show-status=no
