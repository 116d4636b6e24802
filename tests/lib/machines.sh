# Machines of the examples in etcdfs(8): each has the addresses and the paths that stand there.
# shellcheck shell=bash
#
# To be sourced after case.sh. The machines a, b, c have the addresses 10.0.0.1 to 10.0.0.3, and an
# /etc, /run, /mnt and /var/lib of their own, which end with them.
#
#   make_machines NAME...    makes these; the case needs root
#   on NAME 'SCRIPT' [ARG..] a shell there, in a directory of its own, with a time limit; $0 is NAME
#   page LABEL NAME          the page's block LABEL runs there, as it stands
#   start_machines NAME...   starts a new cluster of these, faster than by one join after the other
#   usable NAME              whether its mount has a leader
#   kvs NAME                 all keys that its etcd has, with values, revisions and leases
#   crash_machine NAME       everything that runs there is killed
#   lose_machine NAME        the same, and its disk is gone
#
# What runs there in the background logs to nowhere, as on a machine without a syslog.
declare -A HOLDER ADDRESS=([a]=10.0.0.1 [b]=10.0.0.2 [c]=10.0.0.3)
NETWORK= # the process that holds the machines' network
PAGE=$TOP/docs/etcdfs.8.in
requires "needs namespaces and an overlay, and so root" unshare -mn --propagation private sh -c '
	mount -t tmpfs none /run && mkdir /run/upper /run/work &&
	mount -t overlay -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work none /etc'
requires "needs jq" command -v jq

hold_network() {
	# shellcheck disable=SC2016
	setsid unshare -n sh -c '
		ip link set lo up
		for address; do
			ip address add "$address/32" dev lo
		done
		echo made
		exec sleep 1000000' sh "${ADDRESS[@]}" >"$DIR/network" 2>&1 </dev/null &
	NETWORK=$!
	disown
	AT_END+=(end_machines)
	wait_until "the network" grep -qx made "$DIR/network"
}

# The first process of a machine, which holds its directories.
hold_machine() {
	rm -f "$DIR/machine-$1"
	# shellcheck disable=SC2016
	setsid nsenter "--net=/proc/$NETWORK/ns/net" unshare -m --propagation private sh -c '
		set -e
		for directory in /mnt /run /var/lib; do
			mount -t tmpfs -o mode=755 none "$directory"
		done
		mkdir /mnt/kv /mnt/new /run/upper /run/work
		mount -t overlay -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work none /etc
		mkdir -p /etc/etcdfs
		echo made
		exec sleep 1000000' >"$DIR/machine-$1" 2>&1 </dev/null &
	HOLDER[$1]=$!
	disown
}

make_machines() {
	local name
	[ -n "$NETWORK" ] || hold_network
	for name; do
		mkdir -p "$DIR/$name"
		hold_machine "$name"
		wait_until "machine $name" grep -qx made "$DIR/machine-$name"
		conf_of "$name" | on "$name" 'cat >/etc/etcdfs/kv.conf'
	done
}

block() { python3 -B "$TOP/tests/lib/page.py" "$PAGE" "$1"; }

# The page shows b's; those of the others are alike. Without the check etcd takes a new member at
# once, and not only when its members have been connected for five seconds.
conf_of() {
	block conf | sed "s/^name = b$/name = $1/; s/10\.0\.0\.2/${ADDRESS[$1]}/"
	echo "strict-reconfig-check = false"
}

on() {
	limit nsenter -m -n -t "${HOLDER[$1]}" env -u ETCDCTL_API PATH="${ETCDFS%/*}:$PATH" \
		bash -euc "cd '$DIR/$1'; $2" "$1" "${@:3}"
}

# An event that is just being made keeps the mount busy: then nothing was done yet.
page() {
	local script words
	script=$(block "$1")
	until words=$(on "$2" "$script" 2>&1); do
		grep -q "umount: .* busy" <<<"$words" || die "the page's block $1 on $2: $words"
	done
	[ -z "$words" ] || echo "$words"
}

# at_once COMMAND NAME...: COMMAND for each name, all at a time.
at_once() {
	local name pids=()
	for name in "${@:2}"; do
		$1 "$name" &
		pids+=($!)
	done
	for name in "${pids[@]}"; do
		wait "$name" || die "$*: status $?"
	done
}

start_machines() {
	local name
	CLUSTER=
	for name; do
		CLUSTER+=${CLUSTER:+,}$name=https://${ADDRESS[$name]}:2380
	done
	at_once start_machine "$@"
	for name; do
		wait_until "$name" usable "$name"
	done
}

start_machine() {
	on "$1" 'etcdfs -c /etc/etcdfs/kv.conf -e initial-cluster="$1" /mnt/kv' "$CLUSTER"
}

usable() { on "$1" 'grep -qE "leader|follower" /mnt/kv/.role'; }

# shellcheck disable=SC2016
kvs() {
	on "$1" 'etcdctl --endpoints="unix:///run/etcdfs/$0/client:0" get --prefix "" -w json' | jq -S .kvs
}

# processes_of NAME: all that runs on the machine, its holder too.
processes_of() {
	local pid own
	own=$(readlink "/proc/${HOLDER[$1]}/ns/mnt") || return 0
	for pid in $(marked_processes 2>/dev/null); do
		[ "$(readlink "/proc/$pid/ns/mnt")" != "$own" ] || echo "$pid"
	done
}

runs_nothing() { [ "$(processes_of "$1")" = "${HOLDER[$1]}" ]; }

# kill_there NAME PID...
kill_there() {
	local pid
	kill -KILL "${@:2}" 2>/dev/null || true # some end with others
	for pid in "${@:2}"; do
		wait_until "the end of $1" is_gone "$pid"
	done
}

# shellcheck disable=SC2046
crash_machine() { kill_there "$1" $(processes_of "$1" | grep -vx "${HOLDER[$1]}"); }

# shellcheck disable=SC2046
lose_machine() {
	kill_there "$1" $(processes_of "$1")
	unset "HOLDER[$1]"
}

# They are killed, since to end a member without the others takes seconds; other cases prove that
# etcdfs ends in good order.
end_machines() {
	local name
	for name in "${!HOLDER[@]}"; do
		lose_machine "$name"
	done
	kill_there "the network" "$NETWORK"
}
