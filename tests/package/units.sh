#!/bin/bash
# The unit tests, with the compiler and the libraries of the release; a warning is an error.
# shellcheck source=tests/package/lib.sh
. "$(dirname "$0")/lib.sh"

apt build-dep "$OUT/source/docs"
apt install libcmocka-dev libnghttp2-dev etcd-server
CC=gcc meson setup --buildtype=release -Dwerror=true /srv/units "$OUT/source"
ninja -C /srv/units
meson test -C /srv/units --no-rebuild --suite unit -t 5
tell "$(grep '^Ok:' /srv/units/meson-logs/testlog.txt)"
