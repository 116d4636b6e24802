#!/bin/bash
# A key that is deleted and made again elsewhere, before this member has heard of it, is another's file and stays so.
# Statements: 13, 24, 206.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/cluster.sh"

export DIR
start_cluster 3 -o timeout=30
allow_log "etcd"

# close_late FLAGS: opened and written on a member whose etcd then stands still, while the others make another key
# of that name; closed, which asks that etcd; and then it goes on. An election may leave the close without an
# answer: else $TOLD.
close_late() {
	local leader here there etcd closer status=0
	wait_until "a leader" eval 'is_led 0 1 2 && leader=$(leader_of 0 1 2)'
	here=$(((leader + 1) % 3)) there=$(((leader + 2) % 3))
	etcd=$(PID=${PIDS[here]} etcd_pid)
	rm -f "$DIR"/{written,go,closing}
	in_member "$here" 'python3 - "$@"' "$TOP/tests/lib" "$DIR" "$1" <<'PYTHON' &
import sys

sys.path.insert(0, sys.argv[1])
from files import *
import time

state, flags = sys.argv[2], os.O_WRONLY | eval(sys.argv[3])
put("key", b"old")
fd = os.open("key", flags)
os.write(fd, b"new")
put(state + "/written", b"")
while not os.path.exists(state + "/go"):
    time.sleep(0.01)
put(state + "/closing", b"")
try:
    os.close(fd)
    sys.exit("the close: succeeded")
except TimeoutError:
    sys.exit(75)
except OSError as error:
    same("the close", errno.ESTALE, error.errno)
PYTHON
	closer=$!
	wait_until "what is written" test -e "$DIR/written"
	freeze "$etcd"
	wait_until "deleted" ctl_member "$there" del key
	wait_until "made again" ctl_member "$there" put key other
	touch "$DIR/go"
	wait_until "the close" test -e "$DIR/closing"
	sleep 0.3 # it is on its way; if it is not yet, the mirror is told first, and the end is the same
	kill -CONT "$etcd"
	wait "$closer" || status=$?
	case $status in
	0) TOLD=yes ;;
	75) say "$1: nobody knows, once more" ;;
	*) die "$1: status $status" ;;
	esac
	equal "$1: the other's value" other "$(in_member "$here" 'cat key')"
}

for flags in 0 os.O_APPEND os.O_TRUNC; do
	TOLD=
	for _ in 1 2 3; do
		[ -n "$TOLD" ] || close_late "$flags"
	done
	[ -n "$TOLD" ] || die "$flags: no close was answered"
done
