# The Debian packages that the project needs, and how apt installs them on Debian 12 and 13.
# shellcheck shell=bash
#
# Sourced by ./quickstart and tests/run. The names are the same in both releases.

PACKAGES_RUN="etcd-server fuse3"
PACKAGES_BUILD="gcc libc6-dev meson ninja-build pkg-config protobuf-c-compiler
	libprotobuf-c-dev libfuse3-dev libcurl4-openssl-dev libcjson-dev libinih-dev libbsd-dev"
PACKAGES_TEST="clang libclang-rt-dev llvm libcmocka-dev libnghttp2-dev etcd-client python3 procps
	vim nano ed gawk make rsync zip unzip patch diffutils git inotify-tools entr jq nodejs iproute2
	util-linux attr openssl man-db mandoc zsh python3-prometheus-client python3-yaml
	golang-github-gofrs-flock-dev node-proper-lockfile"
PACKAGES_BENCH="golang-go golang-etcd-server-dev gnuplot-nox etcd-client inotify-tools procps
	rsync util-linux"

# packages_missing NAME...: those that dpkg does not have installed, one a line.
# An etcd or a node from elsewhere is as good as Debian's.
packages_missing() {
	local name
	for name; do
		[ "$name" != etcd-server ] || ! command -v etcd >/dev/null || continue
		[ "$name" != nodejs ] || ! command -v node >/dev/null || continue
		[ "$name" != etcd-client ] || ! command -v etcdctl >/dev/null || continue
		[ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] ||
			echo "$name"
	done
}

can_be_root() {
	[ "$(id -u)" = 0 ] || command -v sudo >/dev/null
}

# as_root COMMAND...: with sudo where that is needed.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

apt_get() {
	as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -q -o Dpkg::Use-Pty=0 \
		-o DPkg::Lock::Timeout=120 "$@"
}

# An old list of packages names files that are gone: with a new one it is tried again.
# shellcheck disable=SC2086
packages_try() {
	apt_get -y install --no-install-recommends $1 ||
		{ apt_get update && apt_get -y install --no-install-recommends $1; }
}

# packages_why LOG: why apt-get has failed, if that is one of the usual reasons.
packages_why() {
	if grep -q 'No space left on device\|not have enough free space' "$1"; then
		echo "the disk is full"
	elif grep -q 'Unable to locate package\|no installation candidate' "$1"; then
		echo "not in this release of $(. /etc/os-release && echo "$PRETTY_NAME")"
	elif grep -q 'Temporary failure resolving\|Could not resolve\|onnect to\|Network is unreachable' "$1"; then
		echo "the network does not reach the package archive"
	fi
}

# packages_install NAME...: says what is missing and installs it. 1 with a line on stderr if not.
packages_install() {
	local missing log why status=0
	missing=$(packages_missing "$@" | tr '\n' ' ')
	missing=${missing% }
	[ -n "$missing" ] || return 0
	if ! command -v apt-get >/dev/null; then
		echo "$0: missing: $missing (and no apt-get here to install them with)" >&2
		return 1
	fi
	if ! can_be_root; then
		echo "$0: missing: $missing (to install them, run this as root, or install sudo)" >&2
		return 1
	fi
	echo "Installing: $missing"
	log=$(mktemp)
	packages_quiet_etcd "$missing"
	packages_try "$missing" >"$log" 2>&1 || status=1
	packages_loud_etcd
	if [ "$status" != 0 ]; then
		why=$(packages_why "$log")
		[ -n "$why" ] || tail -n 20 "$log" >&2
		echo "$0: apt-get could not install: $missing${why:+ ($why)}" >&2
	fi
	rm -f "$log"
	return "$status"
}

# Debian's etcd-server starts a service of its own and enables it. Nobody asked for that one, so
# while the package is installed for the first time the service is masked, and not enabled after.
ETCD_UNIT=/etc/systemd/system/etcd.service

packages_quiet_etcd() {
	case " $1 " in *" etcd-server "*) ;; *) return 0 ;; esac
	[ -d /run/systemd/system ] || return 0
	[ ! -e "$ETCD_UNIT" ] && [ ! -L "$ETCD_UNIT" ] || return 0
	echo "(Debian's own etcd.service is left off: etcdfs starts an etcd of its own.)"
	as_root ln -s /dev/null "$ETCD_UNIT" && ETCD_UNIT_MASKED=yes
}

packages_loud_etcd() {
	[ "${ETCD_UNIT_MASKED:-}" = yes ] || return 0
	ETCD_UNIT_MASKED=
	as_root rm -f "$ETCD_UNIT"
	as_root systemctl daemon-reload || true
	as_root systemctl disable etcd.service >/dev/null 2>&1 || true
}
