#!/bin/bash
# The cases pass on an odd machine: another etcd on 2379, umask 077, no home to write to, /tmp on tmpfs.
# Statements: 38, 39, 140.
LIMIT=${LIMIT:-300} # for all of them
. "$(dirname "$0")/../lib/case.sh"

requires "needs namespaces, and so root" unshare -mn true

# A machine of its own, with nothing of this case's in its environment.
cat >"$DIR/machine" <<'EOF'
set -eu
ip link set lo up
# What is tested may itself be below /tmp.
cd "$TOP"
mount -t tmpfs -o mode=0700 none /mnt # nor may other users come there
mkdir /mnt/tree
mount --bind . /mnt/tree
export ETCDFS=${ETCDFS/#"$TOP"//mnt/tree}
cd /
mount -t tmpfs -o mode=1777 none /tmp
mkdir /tmp/other
etcd --data-dir=/tmp/other --listen-peer-urls=http://127.0.0.1:2380 --log-level=error \
	--listen-client-urls=http://127.0.0.1:2379 --advertise-client-urls=http://127.0.0.1:2379 2>&1 &
until etcdctl --endpoints=127.0.0.1:2379 endpoint health 2>/dev/null; do
	sleep 0.1
done
umask 077
status=0
printf '%s\n' basic background cluster key_path options others unprivileged users |
	xargs -P 4 -I {} bash -c 'bash /mnt/tree/tests/cases/{}.sh || { echo "{}: status $?"; exit 1; }' || status=$?
kill %1
exit "$status"
EOF
limit env -i PATH="$PATH" TOP="$TOP" ETCDFS="$ETCDFS" HOME=/proc/1 ETCDCTL_API=3 CASE_MARK="$CASE_MARK" \
	ASAN_OPTIONS="${ASAN_OPTIONS%:log_path*}" unshare -mn bash "$DIR/machine" >"$DIR/out" 2>&1 ||
	die "$(cat "$DIR/out")"
