#!/bin/bash
# Two members write one file at once: the writes of each are applied to the value that the other has made.
# Statements: 3, 15, 16, 24, 191, 192.
LIMIT=${LIMIT:-200}
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/two.sh"

start_two -o timeout=30

in_mount 'python3 - "$@"' "$TOP/tests/lib" "$MNT" "$MNT_B" <<'PYTHON'
import sys

sys.path.insert(0, sys.argv[1])
from files import *
import time

HERE, THERE = (mount + "/key" for mount in sys.argv[2:])
W, A, T = os.O_RDWR, os.O_RDWR | os.O_APPEND, os.O_RDWR | os.O_TRUNC


def write(data, offset):
    return lambda fd: os.pwrite(fd, data, offset)


def cut(size):
    return lambda fd: os.ftruncate(fd, size)


def surely(call, *args):
    """Begun anew when it was not answered: a leader may be elected meanwhile."""
    end = time.monotonic() + 100
    while time.monotonic() < end:
        try:
            return call(*args)
        except TimeoutError as error:
            print(f"once more: {args[:1]} {error}", file=sys.stderr)
            time.sleep(0.5)
    sys.exit("never answered")


# What is open here, what is done here, what the value has become there, what both make of it.
ROUNDS = (
    ("the same length", W, [write(b"A", 0)], b"0123456-89", b"A123456-89"),
    ("longer", W, [write(b"A", 2)], b"0123456789more", b"01A3456789more"),
    ("shorter, but long enough", W, [write(b"A", 2)], b"abcd", b"abAd"),
    ("as short as the offset", W, [write(b"A", 2)], b"ab", b"abA"),
    ("shorter than the offset", W, [write(b"A", 4)], b"ab", b"ab\0\0A"),
    ("empty", W, [write(b"A", 2), write(b"B", 5)], b"", b"\0\0A\0\0B"),
    ("at two places", W, [write(b"A", 0), write(b"B", 9)], b"xxxxx", b"Axxxx\0\0\0\0B"),
    ("the same place", W, [write(b"AAA", 4)], b"0123xxx789", b"0123AAA789"),
    ("overwritten by itself", W, [write(b"AAA", 4), write(b"B", 5)], b"xxxxxxxxxx", b"xxxxABAxxx"),
    ("cut here, longer there", W, [cut(3)], b"abcdefghijkl", b"abc"),
    ("cut here, shorter there", W, [cut(5)], b"ab", b"ab\0\0\0"),
    ("grown here, longer there", W, [cut(12)], b"abcdefghijklmno", b"abcdefghijkl"),
    ("cut and written", W, [cut(3), write(b"A", 4)], b"abcdefgh", b"abc\0A"),
    ("written and cut", W, [write(b"AAAA", 1), cut(3)], b"abcdefgh", b"aAA"),
    ("cut to nothing and written", W, [cut(0), write(b"whole", 0)], b"abcdefgh", b"whole"),
    ("an append", A, [write(b"+1", 0), write(b"+2", 0)], b"abc", b"abc+1+2"),
    ("an append to what is empty", A, [write(b"+1", 0)], b"", b"+1"),
    ("an append and a cut", A, [write(b"+1", 0), cut(11), write(b"+2", 0)], b"abc", b"abc+1\0\0\0\0\0\0+2"),
    ("O_TRUNC", T, [write(b"whole", 0)], b"abcdefghijkl", b"whole"),
    ("O_TRUNC with a hole", T, [write(b"A", 2)], b"abcdefghijkl", b"\0\0A"),
)


def lay(what, flags, calls, there, expected):
    put(HERE, b"0123456789")
    with opened(HERE, flags) as fd, opened(HERE, os.O_RDONLY) as reader:
        same(what, b"" if flags & os.O_TRUNC else b"0123456789", os.pread(reader, 100, 0))
        for call in calls:
            call(fd)
        before = os.pread(fd, 100, 0)
        put(THERE, there)
        same(what + ": its own, before it is published", before, os.pread(fd, 100, 0))
        same(what + ": of nobody else", there, get(HERE))
        os.close(fd)
        same(what + ": a reader, from the start", expected, os.pread(reader, 100, 0))
    same(what, (expected, expected), (get(HERE), get(THERE)))


def sync_between():
    """An fsync publishes on what is there, and goes on from there."""
    put(HERE, b"0123456789")
    with opened(HERE, W) as fd:
        os.pwrite(fd, b"A", 0)
        put(THERE, b"abcdefghij")
        os.fsync(fd)
        same("read after fsync", b"Abcdefghij", os.pread(fd, 100, 0))
        put(THERE, b"xyz")
        os.pwrite(fd, b"B", 1)
        os.close(fd)
    same("twice", b"xBz", get(THERE))


def truncate_between():
    """By truncate(2) of the other."""
    put(HERE, b"0123456789")
    with opened(HERE, W) as fd:
        os.pwrite(fd, b"A", 5)
        os.truncate(THERE, 2)
        os.close(fd)
    same("truncated there", b"01\0\0\0A", get(THERE))


for one in ROUNDS:
    surely(lay, *one)
surely(sync_between)
surely(truncate_between)

# Both at the same time, each byte its own, again and again: no write of either is lost.
ROUNDS, WIDTH = 60, 4
surely(put, HERE, bytes(2 * WIDTH))


def count(mine, path):
    number, unsure = 1, False
    while number <= ROUNDS:
        try:
            with opened(path, W) as fd:
                old = int.from_bytes(os.pread(fd, 2 * WIDTH, 0)[mine * WIDTH:][:WIDTH], "big")
                if unsure and old == number:
                    number, unsure = number + 1, False
                    continue
                if old != number - 1:
                    os.write(2, f"round {number}: it was {old}\n".encode())
                    os._exit(1)
                os.pwrite(fd, number.to_bytes(WIDTH, "big"), mine * WIDTH)
                os.close(fd)
            number, unsure = number + 1, False
        except TimeoutError:  # a leader is elected: who reads it next knows whether it happened
            unsure = True
            time.sleep(0.1)
    os._exit(0)


children = []
for mine, path in enumerate((HERE, THERE)):
    pid = os.fork()
    if pid == 0:
        count(mine, path)
    children.append(pid)
same("two counters in one value", [0, 0], [os.waitpid(pid, 0)[1] for pid in children])
same("both counters", 2 * ROUNDS.to_bytes(WIDTH, "big"), surely(get, HERE))
PYTHON
