#!/bin/bash
# A rename that times out while etcd is stopped happens whole when etcd goes on, and every mount shows that.
# Statements: 25, 33, 86, 217.
. "$(dirname "$0")/../lib/case.sh"
# shellcheck source=tests/lib/second.sh
. "$TOP/tests/lib/second.sh"

export RENAME=$TOP/tests/lib/rename.py
allow_log "etcd"

# stopped FROM TO [FLAG]: a rename, which times out, while etcd stands still. That begins in the
# program: a shell's cd would time out itself, and nothing be renamed.
cat >"$DIR/stopped.py" <<'END'
import os, sys
sys.path.insert(0, os.path.dirname(os.environ["RENAME"]))
from freeze import freeze
from rename import rename
freeze(int(sys.argv[1]))
try:
    rename(*sys.argv[2:])
except OSError as problem:
    sys.exit(problem.strerror)
END

stopped() {
	local etcd
	etcd=$(etcd_pid)
	fails "rename $*" "timed out" in_mount 'python3 -B "$DIR/stopped.py" "$@"' "$etcd" "$@"
	kill -CONT "$etcd"
	wait_until "etcd is back" has_role "$MNT" leader # before that no file is opened for writing
}

# shows WHERE FROM TO: the rename has happened there, whole.
shows() { "$1" '[ ! -e "$1" ] && [ "$(cat "$2/k" "$2/s/k" | paste -sd " ")" = "1 2" ]' "$2" "$3"; }

# It has reached etcd, or was never sent: then it is made again, as anybody would.
settle() {
	wait_until "$1" in_mount "$1 2>/dev/null; test ! -e $2"
	wait_until "$1: here" shows in_mount "$2" "$3"
	wait_until "$1: there" shows in_second "$2" "$3"
}

for mode in linearizable cached; do
	start_mount -o consistency=$mode
	start_second -o consistency=$mode
	in_mount 'mkdir -p d/s o; echo 1 >d/k; echo 2 >d/s/k; echo 3 >o/k
		cat d/k d/s/k; ls new 2>/dev/null || true' >/dev/null
	wait_until "$mode: all of it there" in_second '
		cat d/k d/s/k o/k && ! ls new'
	stopped d new
	settle 'python3 "$RENAME" d new' d new
	equal "$mode: keys" "new/ new/k new/s/ new/s/k" "$(keys new | paste -sd ' ')"
	# Its node is another or the same, and can be written, here and there.
	in_mount 'echo 4 >new/k; echo 5 >new/s/new'
	[ "$mode" = linearizable ] || wait_until "$mode: seen there" in_second 'grep -q 5 new/s/new'
	equal "$mode: written" "4 5" "$(in_second 'cat new/k new/s/new | paste -sd " "')"
	in_mount 'rm new/s/new; echo 1 >new/k'

	stopped new o exchange
	for where in in_mount in_second; do
		wait_until "$mode: one or the other" $where '
			case $(cat o/k o/s/k new/k new/s/k 2>/dev/null | paste -sd " ") in
			"1 2 3" | "3 1 2") ;; *) exit 1 ;; esac'
	done
	end_second
	stop_mount
	rm -rf --one-file-system "$DATA" "$DATA.etcdfs"
done
