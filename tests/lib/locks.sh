# Locks on several mounts of one etcd, each as another node's.
# shellcheck shell=bash
#
# To be sourced after case.sh.
#
#   start_beside N [ARG...]      starts N mounts on the case's own etcd; with its own they are 0 ... N
#   in_beside I 'SCRIPT' [ARG..] as in_mount, on mount I
#   lock_steps I FILE STEP...    what tests/lib/lock.py does with FILE on mount I; no time limit counts
#                                but that of the case, as it may wait
#   lock_keys FILE               the keys in the queue of FILE, one a line
#   await_keys N FILE            waits until there are N
BESIDE=("$MNT") BESIDE_PIDS=()

in_beside() { MNT=${BESIDE[$1]} in_mount "${@:2}"; }

beside_is_usable() { MNT=${BESIDE[$1]} is_usable; }

start_beside() {
	local i
	AT_END=(end_beside "${AT_END[@]}")
	for ((i = 1; i <= $1; i++)); do
		BESIDE[i]=$MNT-$i
		mkdir -m 0700 "${BESIDE[i]}"
		setsid "$ETCDFS" -f -o "endpoints=\"unix://$RUN/client:0\"" "${@:2}" "${BESIDE[i]}" \
			>>"$LOG" 2>&1 </dev/null &
		BESIDE_PIDS[i]=$!
	done
	for ((i = 1; i <= $1; i++)); do
		wait_until "mount $i" beside_is_usable "$i"
	done
}

# The first to end: without its etcd a mount would have something to say.
end_beside() {
	local i
	for i in "${!BESIDE_PIDS[@]}"; do
		kill -TERM "${BESIDE_PIDS[i]}" 2>/dev/null || true
	done
	for i in "${!BESIDE_PIDS[@]}"; do
		wait_until "the end of mount $i" is_gone "${BESIDE_PIDS[i]}"
		is_unmounted "${BESIDE[i]}" || die "mount $i is left"
		rmdir "${BESIDE[i]}"
	done
}

lock_steps() {
	local i=$1 file=$2
	shift 2
	(cd / && exec python3 "$TOP/tests/lib/lock.py" "${BESIDE[i]}/$file" "$@")
}

lock_keys() {
	local name=${1//%/%25}
	keys ".etcd/lock/${name//\//%2F}/"
}

has_keys() { [ "$(lock_keys "$2" | wc -l)" = "$1" ]; }

await_keys() { wait_until "$1 keys of $2" has_keys "$@"; }

is_there() { [ -e "$DIR/$1" ]; }
