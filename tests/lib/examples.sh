# Runs the examples of a document on a machine of its own.
# shellcheck shell=bash
#
# Sourced after case.sh. What the examples start is found again, by CASE_MARK: examples_ended waits for
# its end.

requires "needs namespaces, and so root" unshare -mn true

# run_examples DOCUMENT [SCRIPT]: SCRIPT is run before, and may mount.
# Nothing is at /mnt, there are no data and no run directory, and all ports are free.
# (/run as a whole: a mount on /run/etcdfs ends when somebody outside removes that directory.)
run_examples() {
	local out=$DIR/$(basename "$1").out
	limit unshare -mn sh -c '
		set -e
		ip link set lo up
		mkdir -p /var/lib/etcdfs
		for directory in /mnt /run /var/lib/etcdfs; do
			mount -t tmpfs -o mode=755 none "$directory"
		done
		eval "$3"
		exec python3 "$1/tests/lib/examples.py" "$2" "$1"' sh "$TOP" "$1" "${2:-}" >"$out" 2>&1 ||
		die "$(cat "$out")"
}

examples_ended() { (wait_until "the end of all" none_marked); }
