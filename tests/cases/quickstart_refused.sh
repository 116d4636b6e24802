#!/bin/bash
# quickstart on a machine that lacks something: it ends with one clear line each time.
. "$(dirname "$0")/../lib/case.sh"

requires "needs namespaces, and so root" unshare -mn true
requires "needs dpkg" test -e /var/lib/dpkg/status

copy=$DIR/tree
mkdir "$copy" "$copy/build" "$DIR/layer"
cp -r "$TOP"/{fs,supervisor,tests,docs,meson.build,quickstart} "$copy"
cp "$ETCDFS" "$DIR/etcdfs"

# lacks WHAT LINE SCRIPT: SCRIPT changes the machine for itself alone and ends with quickstart.
lacks() {
	local status=0
	limit unshare -mn bash -euc "$3" bash "$copy" >"$DIR/out" 2>&1 || status=$?
	equal "$1: status" 1 "$status"
	check "$1: one line: $(cat "$DIR/out")" test "$(grep -cv '^Installing: \|^Building in ' "$DIR/out")" = 1
	check "$1: the words: $(cat "$DIR/out")" grep -q -- "$2" "$DIR/out"
}

lacks "an older Debian" "Debian 11, and etcdfs needs" '
	printf "ID=debian\nVERSION_ID=\"11\"\n" >"$DIR/release"
	mount --bind "$DIR/release" /etc/os-release
	"$1/quickstart" "$MNT"'

lacks "no /dev/fuse" "no /dev/fuse here" '
	mount -t tmpfs none /dev
	mknod -m 666 /dev/null c 1 3
	mount -t tmpfs none /proc # no modprobe finds the kernel
	"$1/quickstart" "$MNT"'

lacks "no network" "could not install: libbsd-dev .*the network does not reach" '
	mount -t tmpfs none "$DIR/layer"
	mkdir "$DIR/layer/upper" "$DIR/layer/work"
	mount -t overlay none /var/lib/dpkg \
		-o "lowerdir=/var/lib/dpkg,upperdir=$DIR/layer/upper,workdir=$DIR/layer/work"
	mount -t tmpfs none /var/cache/apt
	awk -v RS= -v ORS="\n\n" "!/^Package: libbsd-dev\n/" /var/lib/dpkg/status >"$DIR/status"
	cp "$DIR/status" /var/lib/dpkg/status
	echo "Acquire::Retries 0;" >"$DIR/apt.conf"
	export APT_CONFIG=$DIR/apt.conf
	"$1/quickstart" "$MNT"'

lacks "a full disk" "no space left on the disk of $copy/build" '
	mount -t tmpfs -o size=2M none "$1/build"
	"$1/quickstart" "$MNT"'

lacks "no root" "/mnt/kv: cannot be created by you" '
	mount -t tmpfs -o mode=755 none /mnt
	chmod 755 "$DIR"
	! sudo=$(command -v sudo) || mount --bind /dev/null "$sudo"
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$1/quickstart"'

# The build is there already, and so this ends soon.
lacks "a port that is taken" "listen-client-urls: .*address already in use" '
	ip link set lo up
	mkfifo "$DIR/ready"
	python3 -c "import socket, sys, time
s = socket.create_server((\"127.0.0.1\", 2379))
open(sys.argv[1], \"w\").close()
time.sleep(60)" "$DIR/ready" &
	cat "$DIR/ready"
	sed -i "s|^etcdfs=.*|etcdfs=$DIR/etcdfs|; s|^	build_etcdfs\$||" "$1/quickstart"
	status=0
	"$1/quickstart" "$MNT" -e "name=$NAME" -e "data-dir=$DIR/data" \
		-e listen-client-urls=http://127.0.0.1:2379 || status=$?
	kill $!
	exit $status'
