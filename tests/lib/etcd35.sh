#!/bin/bash
# Debian 13's etcd 3.5 for the tests, unpacked into a directory; nothing is installed.
#
#	tests/lib/etcd35.sh DIR
#
# makes DIR/etcd and DIR/etcdctl, or writes into DIR/why the reason why it cannot (status 1). The
# mirror is the one that this machine's own apt uses for Debian, and apt checks the signatures; apt's
# lists and packages are kept below DIR, and those of the machine are not changed.
set -euo pipefail

# shellcheck source=tests/lib/mirror.sh
. "$(dirname "${BASH_SOURCE[0]}")/mirror.sh"
suite=trixie
dir=$(mkdir -p "$1" && cd "$1" && pwd -P)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

give_up() {
	echo "$*" >"$dir/why"
	echo "etcd 3.5: $*" >&2
	exit 1
}

apt_here() {
	apt-get -q -o Dir::Etc::sourcelist="$dir/apt/sources.list" -o Dir::Etc::sourceparts=- \
		-o Dir::State="$dir/apt/state" -o Dir::State::status=/dev/null \
		-o Dir::Cache="$dir/apt/cache" -o APT::Get::List-Cleanup=0 -o APT::Sandbox::User= \
		-o Acquire::Languages=none -o Acquire::Retries=2 -o Acquire::http::Timeout=20 "$@"
}

# In a subshell, so that the first thing that fails ends it.
provide() (
	set -e
	rm -rf "$dir/apt" "$dir/root"
	mkdir -p "$dir/apt/state/lists/partial" "$dir/apt/cache/archives/partial" "$dir/root"
	echo "deb [signed-by=$keyring] $1 $suite main" >"$dir/apt/sources.list"
	apt_here update --error-on=any
	cd "$dir/apt"
	apt_here download etcd-server etcd-client
	for package in ./*.deb; do
		dpkg -x "$package" "$dir/root"
	done
	rm -rf "$dir/apt"
	"$dir/root/usr/bin/etcd" --version
)

[ ! -x "$dir/etcd" ] || exit 0
command -v apt-get >/dev/null || give_up "no apt-get here to fetch it with"
[ -e "$keyring" ] || give_up "no keyring of Debian's archive"
from=$(debian_mirror) || true
[ -n "$from" ] || give_up "apt has no list of Debian's main archive: run apt-get update"
status=0
provide "$from" >"$dir/log" 2>&1 || status=$?
[ "$status" = 0 ] || give_up "apt could not fetch it: $(grep -m 1 '^[EW]:' "$dir/log" || tail -n 1 "$dir/log")"
grep -q '^etcd Version: 3\.5\.' "$dir/log" || give_up "what $suite has is no 3.5"
ln -sf root/usr/bin/etcdctl "$dir/etcdctl"
ln -sf root/usr/bin/etcd "$dir/etcd"
rm -f "$dir/why"
