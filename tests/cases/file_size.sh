#!/bin/bash
# Files that are truncated, grown, with holes, exactly at the limit and beyond it: zeros, or EFBIG and nothing lost.
# Statements: 6, 9, 12, 196, 197, 198.
LIMIT=${LIMIT:-300}
. "$(dirname "$0")/../lib/case.sh"

start_mount

in_mount 'python3 - "$@"' "$TOP/tests/lib" "$RUN" <<'PYTHON'
import sys

sys.path.insert(0, sys.argv[1])
from files import *
import ctypes

etcd = elsewhere(sys.argv[2])
libc = ctypes.CDLL(None, use_errno=True)
KEEP_SIZE, PUNCH_HOLE, ZERO_RANGE = 1, 2, 16


def fallocate(fd, mode, offset, length):
    if libc.fallocate(fd, mode, ctypes.c_long(offset), ctypes.c_long(length)) < 0:
        raise OSError(ctypes.get_errno(), "fallocate")


def holds(what, value):
    same(what, (value, len(value)), (get("key"), os.stat("key").st_size))


# --- truncate and ftruncate

put("key", b"0123456789")
os.truncate("key", 4)
holds("truncate", b"0123")
os.truncate("key", 6)
holds("truncate that grows", b"0123\0\0")
os.truncate("key", 0)
holds("truncate to nothing", b"")
put("key", b"0123456789")
with opened("key", os.O_RDWR) as fd:
    os.ftruncate(fd, 4)
    same("seen by who did it", (b"0123", 4), (os.pread(fd, 100, 0), os.fstat(fd).st_size))
    same("and by nobody else", b"0123456789", get("key"))
    os.ftruncate(fd, 6)
    os.pwrite(fd, b"x", 8)
    os.close(fd)
holds("ftruncate", b"0123\0\0\0\0x")

# A truncate(2) beside an open writer is another's change: what that one writes is laid on it.
put("key", b"0123456789")
with opened("key", os.O_RDWR) as fd:
    os.pwrite(fd, b"A", 0)
    os.truncate("key", 2)
    os.pwrite(fd, b"B", 4)
    os.close(fd)
holds("truncate beside a writer", b"A1\0\0B")
with opened("key", os.O_WRONLY | os.O_APPEND) as fd:
    os.write(fd, b"+")
    os.truncate("key", 1)
    os.ftruncate(fd, 3)
    os.write(fd, b"+")
    os.close(fd)
holds("truncate beside an append", b"A+\0+")
os.unlink("key")
with fails("truncate of nothing", errno.ENOENT):
    os.truncate("key", 1)
with fails("truncate of a directory", errno.EISDIR):
    os.truncate(".", 1)

# --- Holes

with opened("key", os.O_RDWR | os.O_CREAT) as fd:
    os.pwrite(fd, b"end", 100000)
    os.pwrite(fd, b"middle", 50000)
    same("a hole before its close", bytes(100), os.pread(fd, 100, 1000))
    os.close(fd)
holds("holes", bytes(50000) + b"middle" + bytes(49994) + b"end")

# --- fallocate

put("key", b"0123456789")
with opened("key", os.O_RDWR) as fd:
    fallocate(fd, 0, 2, 4)
    fallocate(fd, KEEP_SIZE, 0, 100)
    os.close(fd)
holds("fallocate of what is there", b"0123456789")
with opened("key", os.O_RDWR) as fd:
    fallocate(fd, 0, 8, 4)
    same("st_size", 12, os.fstat(fd).st_size)
    fallocate(fd, PUNCH_HOLE | KEEP_SIZE, 1, 2)
    fallocate(fd, PUNCH_HOLE | KEEP_SIZE, 9, 1 << 40)
    fallocate(fd, ZERO_RANGE | KEEP_SIZE, 11, 100)
    fallocate(fd, ZERO_RANGE, 11, 3)
    os.posix_fallocate(fd, 0, 15)
    same("before the close", b"0\0\0" b"345678" + bytes(6), os.pread(fd, 100, 0))
    os.close(fd)
holds("fallocate", b"0\0\0" b"345678" + bytes(6))
for mode in 8, 32, 64, PUNCH_HOLE:  # COLLAPSE_RANGE, INSERT_RANGE, UNSHARE_RANGE
    with opened("key", os.O_RDWR) as fd:
        with fails(f"fallocate with {mode}", errno.EOPNOTSUPP):
            fallocate(fd, mode, 0, 4096)
put("key", b"old")
with opened("key", os.O_RDWR) as fd:
    fallocate(fd, 0, 0, 6)
    etcd.put("key", "a longer value")
    os.close(fd)
holds("grown onto a longer value", b"a longer value")
with opened("key", os.O_RDWR) as fd:
    fallocate(fd, 0, 0, 20)
    etcd.put("key", "short")
    os.close(fd)
holds("grown onto a shorter value", b"short" + bytes(15))
with opened("key", os.O_RDONLY) as fd:
    with fails("fallocate of a reader", errno.EBADF):
        fallocate(fd, 0, 0, 1)

# --- The limit, reached in every way, and a byte more

WHOLE = b"0123456789abcdef" * (LIMIT // 16)
same("the limit is a multiple of 16", LIMIT, len(WHOLE))


def pieces(size):
    def write(fd, data):
        while data:
            data = data[os.write(fd, data[:size]):]
    return write


def grown(grow):
    def write(fd, data):
        grow(fd, len(data))
        os.pwrite(fd, data[:16], 0)
        os.pwrite(fd, data[16:], 16)
    return write


def backwards(fd, data):
    os.pwrite(fd, data[-1:], len(data) - 1)
    os.pwrite(fd, data[:-1], 0)


ways = {
    "in one piece": pieces(1 << 30),
    "in pieces of 65521": pieces(65521),
    "after ftruncate": grown(os.ftruncate),
    "after fallocate": grown(lambda fd, size: fallocate(fd, 0, 0, size)),
    "the end first": backwards,
}
for what, write in ways.items():
    for flags in 0, os.O_APPEND, os.O_TRUNC, os.O_SYNC:
        if flags == os.O_APPEND and "pieces" not in what and "one" not in what:
            continue
        if flags == os.O_SYNC and "65521" in what:
            continue
        put("key", b"")
        with opened("key", os.O_RDWR | flags) as fd:
            write(fd, WHOLE)
            os.close(fd)
        if get("key") != WHOLE:
            sys.exit(f"the limit {what}: it is something else, of {os.stat('key').st_size} bytes")

for what, beyond in (
        ("a write", lambda fd: os.pwrite(fd, b"x", LIMIT)),
        ("a write far beyond", lambda fd: os.pwrite(fd, b"x", 1 << 62)),
        ("a write over it", lambda fd: os.pwrite(fd, b"xx", LIMIT - 1))):
    put("key", b"old")
    with opened("key", os.O_RDWR) as fd:
        with fails(what, errno.EFBIG):
            beyond(fd)
        os.write(fd, b"new")
        os.close(fd)
    holds(what + " before another", b"new")
    put("key", b"old")
    fd = os.open("key", os.O_RDWR)
    os.write(fd, b"new")
    for call in beyond, lambda fd: os.write(fd, b"x"), lambda fd: os.fsync(fd):
        with fails(what, errno.EFBIG):
            call(fd)
    closes(what + ": the close", fd, errno.EFBIG)
    holds(what + " after another: half a value is none", b"old")
put("key", WHOLE)
with opened("key", os.O_WRONLY | os.O_APPEND) as fd:
    with fails("an append beyond", errno.EFBIG):
        os.write(fd, b"x")
    os.close(fd)
same("an append beyond", True, get("key") == WHOLE)

# What only changes the size is refused alone.
put("key", b"old")
with opened("key", os.O_RDWR) as fd:
    os.write(fd, b"new")
    for what, call in ("ftruncate", lambda: os.ftruncate(fd, LIMIT + 1)), \
            ("ftruncate far beyond", lambda: os.ftruncate(fd, 1 << 62)), \
            ("fallocate", lambda: fallocate(fd, 0, 0, LIMIT + 1)), \
            ("fallocate far beyond", lambda: fallocate(fd, 0, 1 << 62, 1)), \
            ("KEEP_SIZE", lambda: fallocate(fd, KEEP_SIZE, 0, LIMIT + 1)), \
            ("ZERO_RANGE", lambda: fallocate(fd, ZERO_RANGE, LIMIT, 1)):
        with fails(what, errno.EFBIG):
            call()
    os.close(fd)
holds("a size beyond the limit", b"new")
with fails("truncate", errno.EFBIG):
    os.truncate("key", LIMIT + 1)
os.truncate("key", LIMIT)
same("truncate to the limit", LIMIT, os.stat("key").st_size)

# An append that was short of the limit, on a value that has grown since.
put("key", b"old")
with opened("key", os.O_WRONLY | os.O_APPEND) as fd:
    os.write(fd, b"more")
    etcd.put("key", WHOLE)
    with fails("no room for an append any more", errno.EFBIG):
        os.fsync(fd)
    etcd.put("key", "short")
    os.close(fd)
holds("it was kept, and there is room again", b"shortmore")
PYTHON
