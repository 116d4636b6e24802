# The three members of the project's first example, with their fixed ports and default directories.
# shellcheck shell=bash
#
# To be sourced before case.sh, since the fixed ports and directories need a network, a /run and a
# /var/lib of the case's own. After case.sh:
#
#   seed_begin                   skips the case where these are not possible
#   seed_configs SCHEME [LINE..] writes $DIR/config1.ini to config3.ini, each with LINEs; @ is 0, 1, 2
#   seed_start I [ARG...]        starts member I (1 to 3), as a user would; its stderr is in $DIR/I.err
#   seed_write I KEY VALUE       writes in the mount of I (from 0), again while an election makes it fail
#   seed_read I KEY VALUE        I must read VALUE, once it gets an answer
#   seed_stop                    takes all mounts off; all processes must be gone, and no data left
#   seed_capture NAME            captures the traffic of the peers' ports from now on in $DIR/NAME.capture
#   seed_capture_end
if [ -z "${SEED_APART:-}" ] && unshare --net --mount true 2>/dev/null; then
	SEED_APART=yes exec unshare --net --mount --propagation private bash "$0" "$@"
fi
WATCHDOG=${WATCHDOG:-200}
SEED_PEERS=(2380 2480 2580) SEED_CLIENTS=(2379 2479 2579)
SEED_CAPTURE=

seed_begin() {
	local i
	requires "needs root, for a network of its own" [ -n "${SEED_APART:-}" ]
	requires "needs iproute2" command -v ip
	ip link set lo up
	mount -t tmpfs tmpfs /run
	mount -t tmpfs tmpfs /var/lib
	for i in 0 1 2; do
		MNTS[i]=$DIR/$((i + 1)) NAMES[i]=infra$i RUNS[i]=/run/etcdfs/infra$i
		mkdir -p "${MNTS[i]}"
	done
}

seed_configs() {
	local i scheme=$1 cluster
	shift
	cluster="infra0=$scheme://127.0.0.1:2380,infra1=$scheme://127.0.0.1:2480"
	cluster+=",infra2=$scheme://127.0.0.1:2580"
	for i in 0 1 2; do
		cat >"$DIR/config$((i + 1)).ini" <<-INI
			[etcd]
			name = "infra$i"
			initial-advertise-peer-urls = "$scheme://127.0.0.1:${SEED_PEERS[i]}"
			listen-peer-urls = "$scheme://127.0.0.1:${SEED_PEERS[i]}"
			listen-client-urls = "http://127.0.0.1:${SEED_CLIENTS[i]}"
			advertise-client-urls = "http://127.0.0.1:${SEED_CLIENTS[i]}"
			initial-cluster = "$cluster"
			host-whitelist = "127.0.0.1"
		INI
		printf '%s\n' "${@//@/$i}" >>"$DIR/config$((i + 1)).ini"
	done
}

# Alone the first waits some seconds for the others, and then goes on without them.
seed_start() {
	limit "$ETCDFS" -c "$DIR/config$1.ini" "${@:2}" "$DIR/$1" 2>"$DIR/$1.err" ||
		die "member $1: status $?: $(cat "$DIR/$1.err")"
}

seed_write() {
	wait_until "$2, written in $1" in_member "$1" 'echo "$2" >"$1"; grep -qxF -- "$2" "$1"' "$2" "$3"
}

seed_read() {
	local got tries=10
	until got=$(in_member "$1" 'cat "$1"' "$2" 2>&1); do
		[[ $got == *"timed out"* ]] && [ $((--tries)) != 0 ] || break
	done
	equal "$2, read in $1" "$3" "$got"
}

seed_stop() {
	local mountpoint pid pids=()
	# All at once: a member that is left alone takes longer to end.
	for mountpoint in "${MNTS[@]}"; do
		! is_mounted "$mountpoint" || take_off umount "$mountpoint" &
		pids+=("$!")
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || die "umount: status $?"
	done
	wait_until "the end of all processes" none_marked
	[ ! -e /run/etcdfs ] || die "left: $(find /run/etcdfs)"
	rm -rf /var/lib/etcdfs
}

seed_capture() {
	python3 -B "$TOP/tests/lib/capture.py" "${SEED_PEERS[@]}" >"$DIR/$1.capture" &
	SEED_CAPTURE=$!
	wait_until "the capture" eval '[ "$(head -c 5 "$DIR/'"$1"'.capture")" = begin ]'
}

seed_capture_end() {
	kill "$SEED_CAPTURE"
	wait "$SEED_CAPTURE" || true
}
