#!/bin/bash
# Processes of three mounts count in one file, each under its lock: nothing is lost.
# Statements: 395, 397.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/locks.sh"
TIMES=${TIMES:-15}

start_mount
start_beside 2
in_mount 'echo 0 >flock; echo 0 >fcntl; echo 0 >command'
cat >"$DIR/count.py" <<'EOP'
import fcntl, sys
path, times, lock = sys.argv[1], int(sys.argv[2]), getattr(fcntl, sys.argv[3])
with open(path, "r+") as file:
    for _ in range(times):
        lock(file, fcntl.LOCK_EX)
        file.seek(0)
        number = int(file.read()) + 1
        file.seek(0)
        file.write(f"{number}\n")
        file.flush()
        lock(file, fcntl.LOCK_UN)
EOP
COUNTERS=()
for i in 0 1 2; do
	in_beside $i "python3 $DIR/count.py flock $TIMES flock" &
	COUNTERS+=($!)
	in_beside $i "python3 $DIR/count.py fcntl $TIMES lockf" &
	COUNTERS+=($!)
	# shellcheck disable=SC2016
	in_beside $i 'for ((i = 0; i < $1; i++)); do
		flock command sh -c "echo \$((\$(cat command) + 1)) >command" || exit; done' "$TIMES" &
	COUNTERS+=($!)
done
for pid in "${COUNTERS[@]}"; do
	wait "$pid" || die "a counter has ended with status $?"
done
for file in flock fcntl command; do
	equal "counted in $file" $((3 * TIMES)) "$(in_mount "cat $file")"
done
equal "nothing is left" "" "$(keys .etcd/)"
