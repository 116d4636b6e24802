#!/bin/bash
# mmap, sendfile, splice and copy_file_range read one whole value, though others have an older or a newer one open.
# Statements: 2, 5, 200, 201.
LIMIT=${LIMIT:-200}
. "$(dirname "$0")/../lib/case.sh"

start_mount

in_mount 'python3 - "$@"' "$TOP/tests/lib" "$RUN" "$DIR" <<'PYTHON'
import sys

sys.path.insert(0, sys.argv[1])
from files import *
import mmap
import shutil

etcd = elsewhere(sys.argv[2])
OUTSIDE = sys.argv[3] + "/copy"
PIPE = os.pipe()
SIZE = 40000


def by_splice(fd, offset=0, size=1 << 30):
    """At most what a pipe holds, a bit at a time."""
    data = b""
    while len(data) < size:
        count = os.splice(fd, PIPE[1], min(4096, size - len(data)), offset_src=offset + len(data))
        if not count:
            break
        data += os.read(PIPE[0], count)
    return data


def by_sendfile(fd):
    with opened(OUTSIDE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as out:
        offset = 0
        while count := os.sendfile(out, fd, offset, 1 << 30):
            offset += count
    return get(OUTSIDE)


def by_mmap(fd):
    size = os.fstat(fd).st_size
    with mmap.mmap(fd, size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ) as memory:
        return memory[:]


def by_copy(fd):
    with opened("copy", os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as out:
        offset = 0
        while count := os.copy_file_range(fd, out, 1 << 20, offset):
            offset += count
        os.close(out)
    return get("copy")


WAYS = {"splice": by_splice, "sendfile": by_sendfile, "mmap": by_mmap, "copy_file_range": by_copy}

for what, read in WAYS.items():
    put("key", b"0123456789" * 4000)
    with opened("key", os.O_RDONLY) as fd:
        same(what, b"0123456789" * 4000, read(fd))
        # What the others have made of it is there for who has asked for its size since.
        for value in b"short", b"longer " * 5000, b"c" * 35000, b"z":
            etcd.put("key", value)
            same("st_size", len(value), os.fstat(fd).st_size)
            same(what + " after fstat", value, read(fd))
    with opened("key", os.O_RDWR | os.O_TRUNC) as fd:
        os.write(fd, b"written " * 1000)
        same(what + " of what is not published", b"written " * 1000, read(fd))
        os.fsync(fd)
        os.pwrite(fd, b"W", 4096)
        os.fsync(fd)
        same(what + " after fsync", b"written " * 512 + b"Written " + b"written " * 487, read(fd))
    put("key", b"")
    with opened("key", os.O_RDWR) as fd:
        if read is not by_mmap:
            same(what + " of nothing", b"", read(fd))

# An open file that is older does not leave its pages to one that is newer.
for way in range(2):
    etcd.put("key", b"1" * SIZE)
    older = os.open("key", os.O_RDONLY)
    same("the size", SIZE, os.fstat(older).st_size) # as long as the last stat says (201)
    same("the first page", b"1" * 10, by_splice(older, 0, 10))
    etcd.put("key", b"2" * SIZE)
    newer = os.open("key", os.O_RDONLY)
    same("the size", SIZE, os.fstat(newer).st_size)
    if way:
        by_splice(older, 12288, 10)
    same("all pages of the newer", b"2" * SIZE, by_splice(newer))
    same("and by read", b"2" * SIZE, os.pread(newer, SIZE, 0))
    same("who reads on stays in its value", b"1" * 10, os.pread(older, 10, 20000))
    os.close(newer)
    os.close(older)

shutil.copyfile("key", OUTSIDE)
same("copyfile", b"2" * SIZE, get(OUTSIDE))
shutil.copyfile(OUTSIDE, "other")
same("copyfile into the mount", b"2" * SIZE, get("other"))
with opened("key", os.O_RDONLY) as fd, opened("other", os.O_WRONLY | os.O_APPEND) as out:
    with fails("copy_file_range to an append", errno.EBADF):
        os.copy_file_range(fd, out, 10)

# --- Mappings

put("key", b"0123456789")
with opened("key", os.O_RDWR) as fd:
    for what, access in ("writable", mmap.ACCESS_WRITE), ("to read", mmap.ACCESS_READ):
        with fails(f"a shared mapping, {what}", errno.ENODEV):
            mmap.mmap(fd, 10, access=access)
    with mmap.mmap(fd, 10, access=mmap.ACCESS_COPY) as memory:
        memory[0:3] = b"own"
        same("a private mapping", b"own3456789", memory[:])
    os.close(fd)
same("a private mapping is nobody else's", b"0123456789", get("key"))
PYTHON
