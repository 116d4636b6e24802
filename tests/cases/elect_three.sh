#!/bin/bash
# O_EXCL and mkdir let one of many racers on three members succeed, also when an etcd is killed: never two.
# Statements: 17, 19, 24, 25, 193.
WATCHDOG=${WATCHDOG:-550}
LIMIT=${LIMIT:-200}
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/cluster.sh"

ROUNDS=${ROUNDS:-30}
RACERS=4 # on each member
export DIR
allow_log "etcd"
start_cluster 3
mkdir "$DIR/state"

# Each racer writes down what it was told of each round: won, lost, or unknown. All begin a round together.
cat >"$DIR/race.py" <<'PYTHON'
import errno
import os
import sys
import time

state, mount, racer, racers, first, last = sys.argv[1], sys.argv[2], sys.argv[3], *map(int, sys.argv[4:])
UNKNOWN = {errno.ETIMEDOUT, errno.EINTR}


def meet(number):
    """Until all racers are at this round."""
    os.close(os.open(f"{state}/at.{number}.{racer}", os.O_WRONLY | os.O_CREAT))
    while sum(name.startswith(f"at.{number}.") for name in os.listdir(state)) < racers:
        time.sleep(0.005)


def make_file(path):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        os.write(fd, racer.encode())
    finally:
        os.close(fd)


def attempt(function, path):
    try:
        function(path)
        return "won"
    except FileExistsError:
        return "lost"
    except OSError as error:
        if error.errno not in UNKNOWN:
            raise
        return "unknown"


with open(f"{state}/told.{racer}", "a") as told:
    for number in range(first, last):
        meet(number)
        for kind, function in ("file", make_file), ("dir", os.mkdir):
            ending = attempt(function, f"{mount}/{kind}{number}")
            print(number, kind, ending, file=told, flush=True)
PYTHON
cat >"$DIR/judge.py" <<'PYTHON'
import collections
import glob
import os
import sys

state, mount, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
told = collections.defaultdict(dict)
for path in glob.glob(f"{state}/told.*"):
    for line in open(path):
        number, kind, ending = line.split()
        told[int(number), kind][os.path.basename(path)[len("told."):]] = ending
counts = collections.Counter()


def patiently(function, path):
    """An election or a slow etcd is no answer: os.path.exists() would take it for one."""
    while True:
        try:
            return function(path)
        except FileNotFoundError:
            return None
        except TimeoutError:
            print(f"{path}: timed out, once more")


def read(path):
    with open(path) as file:
        return file.read()


for (number, kind), endings in sorted(told.items()):
    path = f"{mount}/{kind}{number}"
    of = {ending: [racer for racer in endings if endings[racer] == ending] for ending in endings.values()}
    won, lost, unknown = (of.get(ending, []) for ending in ("won", "lost", "unknown"))
    counts.update(endings.values())
    there = patiently(os.stat, path) is not None
    if len(won) > 1:
        sys.exit(f"{path}: {won} have won")
    if not there and (won or lost):
        sys.exit(f"{path} is not there: {endings}")
    if there and not won and not unknown:
        sys.exit(f"{path} is there, and nobody has made it")
    value = patiently(read, path) if kind == "file" else None
    if won and kind == "file" and value != won[0]:
        sys.exit(f"{path} is {value!r}, and {won[0]} has won")
if len(told) != 2 * rounds:
    sys.exit(f"{len(told)} elections")
print("racers were told:", dict(counts))
PYTHON

# race FIRST LAST: starts the racers of these rounds; race_over waits for them.
race() {
	local i racer
	pids=()
	for i in 0 1 2; do
		for ((racer = 0; racer < RACERS; racer++)); do
			LIMIT=180 limit python3 "$DIR/race.py" "$DIR/state" "${MNTS[i]}" "m$i.$racer" \
				$((3 * RACERS)) "$1" "$2" &
			pids+=($!)
		done
	done
}

race_over() {
	local pid
	for pid in "${pids[@]}"; do
		check "a racer" wait "$pid"
	done
}

# Fails where nobody leads at the moment, or its etcd is just being started again.
kill_leader() {
	local leader
	leader=$(leader_of 0 1 2) && kill -KILL "$(etcd_of "$leader")"
}
is_at() { compgen -G "$DIR/state/at.$1.*" >/dev/null; }

race 0 "$ROUNDS"
race_over
check "undisturbed" in_mount 'python3 "$DIR/judge.py" "$DIR/state" "$MNT" "$1"' "$ROUNDS"

# Twice in the race an etcd is killed, the leader's first.
race "$ROUNDS" $((2 * ROUNDS))
for at in 3 $((ROUNDS / 2)); do
	wait_until "round $((ROUNDS + at))" is_at $((ROUNDS + at))
	wait_until "a leader to kill" kill_leader
done
race_over
wait_until "a leader" is_led 0 1 2
for i in 0 1 2; do
	check "with etcds killed, on member $i" in_member "$i" \
		'python3 "$DIR/judge.py" "$DIR/state" "$MNT" "$1"' $((2 * ROUNDS))
done
