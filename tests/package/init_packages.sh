#!/bin/bash
# What init.sh needs, for it has no network: systemd, and what the package depends on.
# shellcheck source=tests/package/lib.sh
. "$(dirname "$0")/lib.sh"

apt install systemd systemd-sysv man-db procps
apt satisfy "$(dpkg-deb -f "$OUT"/new/etcdfs_*.deb Depends)"
apt install --download-only "$OUT"/new/etcdfs_*.deb
