#!/bin/bash
# Every close of a descriptor, fsync and fdatasync publish; no other call does.
# Statements: 7, 8, 10, 207.
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


def version(name="key"):
    """How often it was put."""
    return int(etcd.call("range", {"key": kv.b64(name)})["kvs"][0]["version"])


def publishes(what, value, call):
    before = version()
    call()
    same(what, (value, 1 if value != publishes.value else 0), (get("key"), version() - before))
    publishes.value = value


def file_fsync(path):
    with opened(path, os.O_RDONLY) as reader:
        os.fsync(reader)


def in_child(call=lambda: None):
    pid = os.fork()
    if pid == 0:
        call()
        os._exit(0)
    same("the child's end", 0, os.waitpid(pid, 0)[1])


publishes.value = b"old"
put("key", b"old")
fd = os.open("key", os.O_RDWR)
os.write(fd, b"1")
publishes("fsync", b"1ld", lambda: os.fsync(fd))
publishes("fsync again", b"1ld", lambda: os.fsync(fd))
os.write(fd, b"2")
publishes("fdatasync", b"12d", lambda: os.fdatasync(fd))
os.write(fd, b"3+")
publishes("syncfs", b"12d", lambda: same("syncfs", 0, libc.syncfs(fd)))
publishes("sync_file_range", b"12d", lambda: same("sync_file_range", 0, libc.sync_file_range(
    fd, ctypes.c_long(0), ctypes.c_long(0), 7)))
publishes("fsync of the directory", b"12d", lambda: file_fsync("."))
publishes("fsync of another descriptor", b"12d", lambda: file_fsync("key"))
copy = os.dup(fd)
publishes("the close of a dup", b"123+", lambda: os.close(copy))
publishes("a close without a write between", b"123+", lambda: os.close(os.dup(fd)))
os.write(fd, b"4")
publishes("the end of a child that has it too", b"123+4", in_child)
publishes("the same with nothing written", b"123+4", in_child)
publishes("what a child writes, and closes by its end", b"123+45", lambda: in_child(
    lambda: os.write(fd, b"5")))
os.write(fd, b"6")
publishes("an exec closes it too", b"123+456", lambda: in_child(
    lambda: os.execlp("true", "true")))
os.write(fd, b"7")
publishes("the last close", b"123+4567", lambda: os.close(fd))

# A program that is killed has closed what it had written: there is nothing that could tell.
pid = os.fork()
if pid == 0:
    fd = os.open("key", os.O_WRONLY | os.O_TRUNC)
    os.write(fd, b"half")
    os.kill(os.getpid(), 9)
same("killed", 9, os.waitpid(pid, 0)[1])
same("the end of a program that is killed", b"half", get("key"))

# Each of several closes is told of a failure: all of them have closed what could not be published.
put("gone", b"old")
fd = os.open("gone", os.O_RDWR)
copy = os.dup(fd)
os.write(fd, b"new")
etcd.delete("gone")
closes("the first close", copy, errno.ESTALE)
closes("the second close", fd, errno.ESTALE)
same("nothing came back", False, os.path.exists("gone"))
PYTHON
