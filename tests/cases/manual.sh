#!/bin/bash
# Every example of the man pages runs as it stands, in its order, and shows what the page says.
. "$(dirname "$0")/../lib/case.sh"
. "$(dirname "$0")/../lib/examples.sh"

PAGES=$(dirname "$ETCDFS")/../docs
requires "the man pages are not built: ninja makes them" test -e "$PAGES/etcdfs.8"
mkdir "$DIR/bin" "$DIR/sbin"
ln -s "$(realpath "$ETCDFS")" "$DIR/bin/etcdfs"
ln -s "$(realpath "$ETCDFS")" "$DIR/sbin/mount.etcdfs"
PATH=$DIR/bin:$PATH

# The machine has the addresses of both nodes, an /etc and an /sbin of its own, and the mountpoints.
MACHINE="
	ip address add 10.0.0.1/32 dev lo
	ip address add 10.0.0.2/32 dev lo
	mount --bind '$DIR/sbin' \$(readlink -f /sbin)
	mkdir /mnt/kv /mnt/a /mnt/b /mnt/app"
running=()
for page in etcdfs.8 etcdfs.conf.5 mount.etcdfs.8; do
	cp -a /etc "$DIR/$page"
	mkdir -p "$DIR/$page/etcdfs"
	rm -f "$DIR/$page/fstab"
	run_examples "$PAGES/$page" "$MACHINE; mount --bind '$DIR/$page' /etc" &
	running+=($!)
done
for pid in "${running[@]}"; do
	check "the examples" wait "$pid"
done
examples_ended
