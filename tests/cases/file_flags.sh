#!/bin/bash
# Each flag of an open file has its effect, or is refused at once.
# Statements: 5, 14, 15, 190, 192, 194, 195, 199, 203, 208.
LIMIT=${LIMIT:-200}
. "$(dirname "$0")/../lib/case.sh"

start_mount

in_mount 'python3 - "$@"' "$TOP/tests/lib" "$RUN" <<'PYTHON'
import sys

sys.path.insert(0, sys.argv[1])
from files import *
import base64
import fcntl

etcd = elsewhere(sys.argv[2])
RWF = {"DSYNC": 2, "SYNC": 4, "NOWAIT": 8, "APPEND": 16}


def published(name):
    """As etcd has it: no open or close of ours is in this."""
    value = etcd.call("range", {"key": kv.b64(name)})["kvs"][0].get("value", "")
    return base64.b64decode(value)


# --- O_APPEND is that of the moment

put("key", b"0123456789")
with opened("key", os.O_RDWR) as fd:
    os.pwrite(fd, b"A", 0)
    fcntl.fcntl(fd, fcntl.F_SETFL, os.O_APPEND)
    etcd.put("key", "longer than before")
    os.write(fd, b"+1")
    fcntl.fcntl(fd, fcntl.F_SETFL, 0)
    os.pwrite(fd, b"B", 1)
    os.close(fd)
same("F_SETFL", b"ABnger than before+1", get("key"))

put("key", b"0123456789")
with opened("key", os.O_WRONLY) as fd:
    same("st_size", 10, os.fstat(fd).st_size)
    os.pwritev(fd, [b"+"], 0, RWF["APPEND"])
    os.close(fd)
same("RWF_APPEND", b"0123456789+", get("key"))

# --- O_SYNC: a write that has returned is in etcd, one that was refused is not and never will be

for what, flags in ("O_SYNC", os.O_SYNC), ("O_DSYNC", os.O_DSYNC):
    for more in 0, os.O_APPEND, os.O_TRUNC:
        put("sync", b"old")
        with opened("sync", os.O_WRONLY | flags | more) as fd:
            os.write(fd, b"new")
            same(what, b"oldnew" if more == os.O_APPEND else b"new", published("sync"))
            os.write(fd, b"er")
            same(what, b"oldnewer" if more == os.O_APPEND else b"newer", published("sync"))
with opened("made", os.O_WRONLY | os.O_SYNC | os.O_CREAT) as fd:
    os.write(fd, b"new")
    same("O_SYNC of a new file", b"new", published("made"))
with opened("sync", os.O_WRONLY) as fd:
    for flag in "DSYNC", "SYNC":
        os.pwritev(fd, [flag.encode()], 0, RWF[flag])
        same("RWF_" + flag, flag.encode(), published("sync")[:len(flag)])
put("sync", b"old")
with opened("sync", os.O_WRONLY | os.O_SYNC | os.O_APPEND) as fd:
    etcd.delete("sync")
    with fails("O_SYNC of a file that is gone", errno.ESTALE):
        os.write(fd, b"new")
    os.close(fd)  # nothing is left to be published
put("sync", b"old")
with opened("sync", os.O_WRONLY | os.O_SYNC) as fd:
    with fails("O_SYNC beyond the limit", errno.EFBIG):
        os.pwrite(fd, b"x", LIMIT)
    os.write(fd, b"new")
    os.close(fd)
same("O_SYNC after a refusal", b"new", get("sync"))

# --- O_TRUNC

put("key", b"old")
fd = os.open("key", os.O_RDONLY | os.O_TRUNC)
same("read after O_RDONLY and O_TRUNC", b"", os.read(fd, 100))
os.close(fd)
same("O_RDONLY and O_TRUNC", b"", get("key"))
put("key", b"old")
with opened("key", os.O_WRONLY | os.O_TRUNC) as fd:
    os.write(fd, b"first")
    os.fsync(fd)
    etcd.put("key", "another value")
    os.pwrite(fd, b"SECOND", 8)
    os.close(fd)
same("after its fsync an O_TRUNC is no more", b"another SECOND", get("key"))

# --- One file opened in several ways at once: each descriptor by itself

put("key", b"old")
reader = os.open("key", os.O_RDONLY)
adder = os.open("key", os.O_WRONLY | os.O_APPEND)
cutter = os.open("key", os.O_RDWR | os.O_TRUNC)
changer = os.open("key", os.O_RDWR)
os.write(adder, b"+add")
os.write(cutter, b"cut")
os.pwrite(changer, b"O", 0)
same("reader", b"old", os.pread(reader, 100, 0))
same("cutter", b"cut", os.pread(cutter, 100, 0))
same("changer, in the same process", b"O", os.pread(changer, 100, 0))
os.close(adder)
same("the append alone", b"old+add", get("key"))
os.close(cutter)
same("the cut is whole", b"cut", get("key"))
os.close(changer)
same("what was changed is laid on it", b"Out", get("key"))
same("the reader, from the start", b"Out", os.pread(reader, 100, 0))
os.close(reader)
cutter = os.open("key", os.O_WRONLY | os.O_TRUNC)
adder = os.open("key", os.O_WRONLY | os.O_APPEND)
os.write(adder, b"line\n")
os.write(cutter, b"head\n")
os.close(cutter)
os.close(adder)
same("an append beside an O_TRUNC", b"head\nline\n", get("key"))

# --- O_DIRECT: of any size, at any offset, from any memory

with opened("direct", os.O_RDWR | os.O_CREAT | os.O_DIRECT) as fd:
    same("O_DIRECT", 7, os.pwrite(fd, b"1234567", 3))
    memory = bytearray(13)
    same("O_DIRECT", 5, os.preadv(fd, [memoryview(memory)[1:6]], 5))
    same("O_DIRECT", b"34567", bytes(memory[1:6]))
    os.close(fd)
same("O_DIRECT", b"\0\0\0" b"1234567", get("direct"))

# --- What has no meaning here, and what cannot be honoured

with fails("O_TMPFILE", errno.EOPNOTSUPP):
    os.open(".", os.O_TMPFILE | os.O_RDWR)
with opened("key", os.O_RDWR) as fd:
    with fails("RWF_NOWAIT", errno.EOPNOTSUPP):
        os.pwritev(fd, [b"x"], 0, RWF["NOWAIT"])
    with fails("RWF_NOWAIT", errno.EOPNOTSUPP):
        os.preadv(fd, [bytearray(1)], 0, RWF["NOWAIT"])
    with fails("a flag that nobody knows", errno.EOPNOTSUPP):
        os.pwritev(fd, [b"x"], 0, 1 << 30)
same("nothing was written", b"head\nline\n", get("key"))
with opened("key", os.O_RDONLY | os.O_NOATIME | os.O_NOFOLLOW | os.O_NONBLOCK) as fd:
    same("O_NOATIME, O_NOFOLLOW, O_NONBLOCK", b"head\n", os.read(fd, 5))
with opened("key", os.O_PATH) as fd:
    same("O_PATH", 10, os.fstat(fd).st_size)
    with fails("O_PATH", errno.EBADF):
        os.read(fd, 1)
with fails("O_DIRECTORY of a file", errno.ENOTDIR):
    os.open("key", os.O_RDONLY | os.O_DIRECTORY)
with fails("a directory to write", errno.EISDIR):
    os.open(".", os.O_WRONLY)
with opened("key", os.O_RDONLY) as fd:
    with fails("write of a reader", errno.EBADF):
        os.write(fd, b"x")
    with fails("ftruncate of a reader", errno.EINVAL):
        os.ftruncate(fd, 0)
with opened("key", os.O_WRONLY) as fd:
    with fails("read of a writer", errno.EBADF):
        os.read(fd, 1)

# --- Offsets

with opened("key", os.O_RDWR) as fd:
    os.pwritev(fd, [b"HE", b"", b"AD"], 0)
    memory = [bytearray(2), bytearray(100)]
    same("preadv", 10, os.preadv(fd, memory, 0))
    same("preadv", b"AD\nline\n", bytes(memory[1][:8]))
    for what, call in ("lseek", lambda: os.lseek(fd, -1, os.SEEK_SET)), \
            ("pwrite", lambda: os.pwrite(fd, b"x", -1)), ("pread", lambda: os.pread(fd, 1, -1)), \
            ("ftruncate", lambda: os.ftruncate(fd, -1)):
        with fails(what + " at a negative offset", errno.EINVAL):
            call()
    for offset in 10, 1 << 40, 1 << 62:
        same(f"pread at {offset}", b"", os.pread(fd, 1, offset))
    same("SEEK_END", 10, os.lseek(fd, 0, os.SEEK_END))
    same("SEEK_DATA", 3, os.lseek(fd, 3, os.SEEK_DATA))
    same("SEEK_HOLE", 10, os.lseek(fd, 3, os.SEEK_HOLE))
    with fails("SEEK_DATA at the end", errno.ENXIO):
        os.lseek(fd, 10, os.SEEK_DATA)
    os.pwrite(fd, b"more", 10)
    same("SEEK_END of what was written", 14, os.lseek(fd, 0, os.SEEK_END))
    os.close(fd)
same("nothing is lost", b"HEAD\nline\nmore", get("key"))
PYTHON
