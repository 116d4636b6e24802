#!/bin/bash
# Without /dev/fuse a start ends with one clear line, and nothing is left.
# Statements: 38.
. "$(dirname "$0")/../lib/case.sh"

requires "needs a mount namespace, and so root" unshare -m true

refuses_here() {
	fails "$1" "$2" limit unshare -m sh -c '
		mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/urandom c 1 9
		exec "$@"' sh "$ETCDFS" -e "name=$NAME" -e "data-dir=$DATA" "$MNT"
	one_line "$1"
	nothing_left
}
refuses_here "no /dev/fuse" "/dev/fuse"
