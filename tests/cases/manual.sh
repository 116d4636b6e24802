#!/bin/bash
# Every example of the man pages runs as it stands, in its order, and shows what the page says.
. "$(dirname "$0")/../lib/case.sh"
. "$(dirname "$0")/../lib/examples.sh"

PAGES=$(dirname "$ETCDFS")/../docs
requires "the man pages are not built: ninja makes them" test -e "$PAGES/etcdfs.8"
mkdir "$DIR/bin"
ln -s "$(realpath "$ETCDFS")" "$DIR/bin/etcdfs"
PATH=$DIR/bin:$PATH

# The machine has the addresses of both nodes, an /etc that may be written to, and the mountpoints.
cp -a /etc "$DIR/etc"
mkdir -p "$DIR/etc/etcdfs"
MACHINE="
	ip address add 10.0.0.1/32 dev lo
	ip address add 10.0.0.2/32 dev lo
	mount --bind '$DIR/etc' /etc
	mkdir /mnt/kv /mnt/a /mnt/b /mnt/app"
running=()
for page in etcdfs.8 etcdfs.conf.5; do
	run_examples "$PAGES/$page" "$MACHINE" &
	running+=($!)
done
for pid in "${running[@]}"; do
	check "the examples" wait "$pid"
done
examples_ended
