#!/bin/bash
# A file goes away while it is open: elsewhere that is ESTALE, here it is as on a disk; nothing comes back.
# Statements: 13, 24, 72, 204, 205, 206.
LIMIT=${LIMIT:-200}
. "$(dirname "$0")/../lib/case.sh"

start_mount

in_mount 'python3 - "$@"' "$TOP/tests/lib" "$RUN" <<'PYTHON'
import sys

sys.path.insert(0, sys.argv[1])
from files import *

etcd = elsewhere(sys.argv[2])


def change_elsewhere(name, how):
    if how == "deleted":
        etcd.delete(name)
    elif how == "made again":
        etcd.delete(name)
        etcd.put(name, "other")
    elif how == "renamed":
        etcd.txn([(name, None), (name + "-to", "old")])
    elif how == "made a directory":
        etcd.txn([(name, None), (name + "/in", "x")])
    else:
        etcd.put(name + "/in", "x")


def is_untouched(what, name, how):
    if how == "made again":
        same(what, b"other", get(name))
    elif how == "renamed":
        same(what, (False, b"old"), (os.path.exists(name), get(name + "-to")))
    elif how == "made a directory":
        same(what, ["in"], os.listdir(name))
    elif how == "a directory too":
        same(what, b"old", get(name + "/%value"))
    else:
        same(what, False, os.path.exists(name))


def write_gone(how, kind, flags):
    name, what = f"{how} {kind}", f"{how} elsewhere, {kind}"
    put(name, b"old")
    fd = os.open(name, os.O_RDWR | flags)
    os.write(fd, b"new")
    mine = {"append": b"oldnew", "truncate": b"new", "write": b"new"}[kind]
    change_elsewhere(name, how)
    same(what + ": its own bytes", mine, os.pread(fd, 100, 0))
    with fails(what + ": fsync", errno.ESTALE):
        os.fsync(fd)
    os.write(fd, b"er")
    with fails(what + ": fdatasync", errno.ESTALE):
        os.fdatasync(fd)
    os.ftruncate(fd, 1)
    same(what + ": its bytes are there until the close", mine[:1], os.pread(fd, 100, 0))
    closes(what + ": close", fd, errno.ESTALE)
    is_untouched(what, name, how)


def read_gone(how):
    name, what = how + " read", how + " elsewhere, read"
    put(name, b"old")
    fd = os.open(name, os.O_RDWR)
    same(what, b"ol", os.read(fd, 2))
    change_elsewhere(name, how)
    os.listdir(".")  # has waited for the change
    same(what + ": on", b"d", os.read(fd, 2))
    same(what + ": from the start", b"old", os.pread(fd, 100, 0))
    os.close(fd)  # nothing was written
    is_untouched(what, name, how)


for how in "deleted", "made again", "renamed", "made a directory", "a directory too":
    for kind, flags in ("write", 0), ("append", os.O_APPEND), ("truncate", os.O_TRUNC):
        write_gone(how, kind, flags)
    read_gone(how)

# At the very moment too, when this mount has not heard of it yet.
for i in range(50):
    put(f"moment {i}", b"old")
    fd = os.open(f"moment {i}", os.O_RDWR)
    os.write(fd, b"new")
    change_elsewhere(f"moment {i}", "a directory too")
    closes(f"moment {i}", fd, errno.ESTALE)
    is_untouched(f"moment {i}", f"moment {i}", "a directory too")

# Only truncated: the close has nothing to say, and nothing comes back.
put("cut", b"old")
fd = os.open("cut", os.O_WRONLY | os.O_TRUNC)
etcd.delete("cut")
os.close(fd)
same("a truncation of what is gone", False, os.path.exists("cut"))
put("cut", b"old")
etcd.delete("cut")
with fails("truncate of what is gone", errno.ENOENT):
    os.truncate("cut", 1)


def here(what, change, survives):
    """Removed by this mount while it is open to write and to read."""
    put("file", b"old")
    put("another", b"another")
    writer = os.open("file", os.O_RDWR)
    adder = os.open("file", os.O_WRONLY | os.O_APPEND)
    reader = os.open("file", os.O_RDONLY)
    os.write(adder, b"+")
    os.write(writer, b"new")
    change()
    os.write(writer, b"er")
    os.write(adder, b"+")
    same(what + ": read", b"old", os.pread(reader, 100, 0))
    same(what + ": write", b"newer", os.pread(writer, 100, 0))
    same(what + ": no link is left", 0, os.fstat(writer).st_nlink)
    os.fsync(writer)
    os.write(writer, b"!")
    same(what + ": after fsync", b"newer!", os.pread(writer, 100, 0))
    os.ftruncate(writer, 2)
    for fd in writer, adder, reader:
        os.close(fd)
    same(what + ": afterwards", survives, os.path.exists("file") and get("file"))


here("unlinked here", lambda: os.unlink("file"), False)
here("renamed over here", lambda: os.rename("another", "file"), b"another")
here("unlinked and made again here", lambda: (os.unlink("file"), put("file", b"more")), b"more")

# Renamed here, it is the same file under another name.
os.mkdir("dir")
put("dir/file", b"old")
fd = os.open("dir/file", os.O_RDWR)
adder = os.open("dir/file", os.O_WRONLY | os.O_APPEND)
os.write(fd, b"new")
os.write(adder, b"+")
os.rename("dir/file", "dir/moved")
os.write(fd, b"er")
os.close(adder)
os.close(fd)
same("renamed here", (b"newer", ["moved"]), (get("dir/moved"), os.listdir("dir")))
with fails("a directory with a file in it that is open", errno.ENOTEMPTY):
    os.rmdir("dir")
PYTHON
