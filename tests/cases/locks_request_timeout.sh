#!/bin/bash
# A machine on which Linux ends a filesystem that answers late: a start says so, as a wait may be long.
# Statements: 409.
. "$(dirname "$0")/../lib/case.sh"

requires "no root" test "$(id -u)" = 0
requires "a kernel without that sysctl" test -e /proc/sys/fs/fuse/default_request_timeout

echo 30 >"$DIR/limit"
# The sysctl of this machine stays as it is: only etcdfs sees another one. COMMAND ends the mount.
check "a start" limit unshare -m --propagation slave sh -c '
	mount --bind "$DIR/limit" /proc/sys/fs/fuse/default_request_timeout || exit
	exec "$@" "$MNT" -- true' sh "$ETCDFS" -f $(own_options) >"$DIR/out" 2>&1
SAYS="warning: the sysctl fs.fuse.default_request_timeout is 30: Linux will end the mount when somebody waits"
equal "what it says" 1 "$(grep -c "$SAYS" "$DIR/out")"
equal "and nothing else" 1 "$(wc -l <"$DIR/out")"
