#!/bin/bash
# Many writers on three members append to the same files: each line is there once, each writer's in its order.
# Statements: 15, 190.
WATCHDOG=${WATCHDOG:-550}
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/cluster.sh"

WRITERS=4 # on each member
LINES=40
LIMIT=300
start_cluster 3 -o timeout=60 # a machine that is slow puts nobody in doubt

# Four ways to append: a descriptor for each line, one for all with an fsync after each, one that is
# O_SYNC, and a shell's >>. All to one log. Of a line that timed out, as in an election, nobody knows
# (25): it is noted, and may be there once. (A shell does not look at what its own close says.)
: >"$DIR/doubts"
cat >"$DIR/append.py" <<'PYTHON'
import os
import sys
import time

path, writer, way, lines = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
doubts = []
flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | (os.O_SYNC if way == 2 else 0)


def line(number):
    return f"{writer} {number} {'x' * (number % 50)}\n".encode()


def opened():
    while True:
        try:
            return os.open(path, flags)
        except TimeoutError:  # nothing is written yet
            time.sleep(0.2)


def append(fd, number):
    try:
        os.write(fd, line(number))
        if way == 0:
            os.close(fd)
        elif way == 1:
            os.fsync(fd)
    except TimeoutError:
        doubts.append(f"{writer} {number}\n")


fd = None if way == 0 else opened()
for number in range(lines):
    append(opened() if way == 0 else fd, number)
with open(os.environ["DIR"] + "/doubts", "a") as file:
    file.write("".join(doubts))
PYTHON
cat >"$DIR/judge.py" <<'PYTHON'
import sys

path, writers, lines, doubts = sys.argv[1], sys.argv[2].split(), int(sys.argv[3]), sys.argv[4]
with open(doubts) as file:
    doubted = file.read().splitlines()
if len(doubted) > len(writers) * lines // 4:
    sys.exit(f"{len(doubted)} appends have timed out")
with open(path) as file:
    found = [line.split(" ") for line in file.read().splitlines()]
n_expected = 0
for writer in writers:
    own = [(int(number), rest) for name, number, rest in found if name == writer]
    there = {number for number, _ in own}
    expected = [(number, "x" * (number % 50)) for number in range(lines)
                if number in there or f"{writer} {number}" not in doubted]
    if own != expected:
        sys.exit(f"{path}: of {writer} there is {own}")
    n_expected += len(expected)
if len(found) != n_expected:
    sys.exit(f"{path}: {len(found)} lines")
PYTHON

pids=() writers=()
for i in 0 1 2; do
	for ((way = 0; way < WRITERS; way++)); do
		writer=m$i.$way
		writers+=("$writer")
		if [ "$way" = 3 ]; then
			in_member "$i" 'for ((n = 0; n < $2; n++)); do
				x=$(printf "%*s" $((n % 50)) "" | tr " " x)
				env printf "%s %d %s\n" "$1" "$n" "$x" >>log && continue
				echo "$1 $n" >>"$DIR/doubts"
				sleep 1
			done' "$writer" "$LINES" &
		else
			in_member "$i" 'python3 "$DIR/append.py" log "$@"' "$writer" "$way" "$LINES" &
		fi
		pids+=($!)
	done
done
for pid in "${pids[@]}"; do
	check "a writer" wait "$pid"
done
say "in doubt: $(wc -l <"$DIR/doubts")"
for i in 0 1 2; do
	check "on member $i" in_member "$i" 'python3 "$DIR/judge.py" log "$@"' \
		"${writers[*]}" "$LINES" "$DIR/doubts"
done
