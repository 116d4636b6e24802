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
# O_SYNC, and a shell's >>. All to one log.
cat >"$DIR/append.py" <<'PYTHON'
import os
import sys

path, writer, way, lines = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | (os.O_SYNC if way == 2 else 0)


def line(number):
    return f"{writer} {number} {'x' * (number % 50)}\n".encode()


if way == 0:
    for number in range(lines):
        fd = os.open(path, flags)
        os.write(fd, line(number))
        os.close(fd)
else:
    fd = os.open(path, flags)
    for number in range(lines):
        os.write(fd, line(number))
        if way == 1:
            os.fsync(fd)
    os.close(fd)
PYTHON
cat >"$DIR/judge.py" <<'PYTHON'
import sys

path, writers, lines = sys.argv[1], sys.argv[2].split(), int(sys.argv[3])
with open(path) as file:
    found = [line.split(" ") for line in file.read().splitlines()]
for writer in writers:
    own = [(int(number), rest) for name, number, rest in found if name == writer]
    expected = [(number, "x" * (number % 50)) for number in range(lines)]
    if own != expected:
        sys.exit(f"{path}: of {writer} there is {own}")
if len(found) != len(writers) * lines:
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
				printf "%s %d %s\n" "$1" "$n" "$x" >>log || exit 1
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
for i in 0 1 2; do
	check "on member $i" in_member "$i" 'python3 "$DIR/judge.py" log "$@"' "${writers[*]}" "$LINES"
done
