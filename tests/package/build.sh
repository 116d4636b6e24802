#!/bin/bash
# Makes the packages: of a lower version, and twice of this one; and judges them.
# shellcheck source=tests/package/lib.sh
. "$(dirname "$0")/lib.sh"

# package SOURCE TO
package() {
	meson setup "$1/build" "$1"
	ninja -C "$1/build" deb
	says_no_warning "$1/build/deb.log"
	mkdir -p "$2"
	mv "$1/build"/etcdfs*.deb "$2"
}

says_no_warning() {
	if grep -E 'warning:|^WARNING:' "$1"; then
		die "the compiler, or meson, warns"
	fi
}

# Where the source is must make no difference, nor who builds it when, nor with which locale.
packages() {
	cp -r "$OUT/source" /srv/a
	cp -r "$OUT/source" "/srv/another place"
	cp -r "$OUT/source" /srv/old
	sed -i "s/^\tversion: '.*'/\tversion: '0.0.9'/" /srv/old/meson.build
	sed -i '1s/(.*)/(0.0.9)/' /srv/old/docs/debian/changelog
	package /srv/a "$OUT/new"
	find "/srv/another place" -exec touch -d 2020-02-02 {} +
	(umask 077 && TZ=Asia/Tokyo LC_ALL=C package "/srv/another place" "$OUT/again")
	package /srv/old "$OUT/old"
}

same_bytes() {
	local one
	for one in "$OUT"/new/*.deb; do
		cmp "$one" "$OUT/again/${one##*/}"
	done
}

lintian_is_quiet() {
	lintian --tag-display-limit 0 --display-info --show-overrides --fail-on error,warning \
		"$OUT"/new/etcdfs_*.deb | tee "$OUT/lintian"
}

rm -rf "$OUT"/old "$OUT"/new "$OUT"/again
apt install dpkg-dev
apt build-dep "$OUT/source/docs"
packages
same_bytes
apt install lintian
lintian_is_quiet
tell "$(lintian --version): $(wc -l <"$OUT/lintian") tags"
sed 's/^/| /' "$OUT/lintian"
for one in "$OUT"/new/*.deb; do
	tell "$(stat -c '%s bytes' "$one"), twice the same: ${one##*/}"
done
tell "$(dpkg-deb -f "$OUT"/new/etcdfs_*.deb Installed-Size) KiB installed; it depends on" \
	"$(dpkg-deb -f "$OUT"/new/etcdfs_*.deb Depends)"
dpkg-deb -c "$OUT"/new/etcdfs_*.deb | awk '!/^d/ { print "| " $3, $6, $7, $8 }'
