#!/bin/bash
# A reader of a tree that another node makes and removes is told what is there, or that it is not: never ESTALE.
# Statements: 22, 225, 236, 273.
. "$(dirname "$0")/../lib/case.sh"

export RUN PYTHONPATH=$TOP/tests/lib

cat >"$DIR/churn.py" <<'PYTHON'
"""Many readers, each in a process of its own, of a tree in which everything comes and goes."""
import ctypes
import errno
import itertools
import os
import signal

from kv import KV

ROUNDS = 200
ALL_EVENTS = 0xfff
libc = ctypes.CDLL(None, use_errno=True)


def start(function):
    pid = os.fork()
    if pid:
        return pid
    try:
        function()
        os._exit(0)
    except BaseException as error:
        os.write(2, f"{error}\n".encode())
        os._exit(1)


def churn():
    """t/flip is a file and a directory in turn, and always there."""
    kv = KV(os.environ["RUN"])
    while True:
        kv.txn([("t/d/f", "1"), ("t/d/e/g", "2"), ("t/flip/x", "3")])
        kv.txn([("t/d/f", None), ("t/d/e/g", None), ("t/flip/x", None)])


def opened(path):
    fd = os.open(path, os.O_RDONLY)
    os.fstat(fd)
    os.close(fd)


def held(path):
    os.close(os.open(path, os.O_PATH))


def stream(path):
    opened(path + "/.etcd/watch")


def access(path):
    os.access(path, os.R_OK)


def attribute(path):
    os.getxattr(path, "user.etcd.key")


def watch(path):
    fd = libc.inotify_init()
    added = libc.inotify_add_watch(fd, path.encode(), ALL_EVENTS)
    error = ctypes.get_errno()
    os.close(fd)
    if added < 0:
        raise OSError(error, path)


def read(call, paths, may):
    for path in itertools.islice(itertools.cycle(paths), ROUNDS):
        try:
            call(path)
        except OSError as error:
            assert error.errno in may, f"{call.__name__}: {error}"


def readers():
    gone = {errno.ENOENT, errno.ENOTDIR}
    both = [os.stat, opened, access, attribute, os.statvfs, held, watch]
    for call in both + [os.listdir, os.listxattr]:
        yield lambda call=call: read(call, ["t/d/f", "t/d", "t/d/e/g", "t/d/e"], gone)
    for call in both:
        yield lambda call=call: read(call, ["t/flip"], set())
    yield lambda: read(stream, ["t/d", "t/d/e"], gone)


KV(os.environ["RUN"]).put("t/flip", "value")
writer = start(churn)
bad = [pid for pid in [start(reader) for reader in readers()] if os.waitpid(pid, 0)[1]]
os.kill(writer, signal.SIGKILL)
os.waitpid(writer, 0)
assert not bad, f"{len(bad)} readers"
PYTHON

cat >"$DIR/exact.py" <<'PYTHON'
"""What etcd has acknowledged is seen by the next path, whoever holds what is gone."""
import errno
import os

from kv import KV

kv = KV(os.environ["RUN"])


def missing(call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except OSError as error:
        assert error.errno == errno.ENOENT, f"{call.__name__}{args}: {error}"
    else:
        raise AssertionError(f"{call.__name__}{args} succeeded")


for i in range(100):
    kv.txn([("h/f", str(i)), ("h/g", "")])
    directory, file = os.open("h", os.O_RDONLY), os.open("h/f", os.O_RDONLY)
    was = os.fstat(directory), os.fstat(file)
    kv.txn([("h/f", None), ("h/g", None)])
    if i % 2:
        missing(os.stat, "h")
        missing(os.stat, "h/f")
        missing(os.listdir, "h")
    else: # another of the same name
        kv.put("h/f", "other")
        now = os.stat("h"), os.stat("h/f")
        assert now[1].st_size == 5 and os.listdir("h") == ["f"], now
        assert all(a.st_ino != b.st_ino for a, b in zip(was, now)), (was, now)
        kv.delete("h/f")
    # By the descriptor it is what it was.
    for fd, before in (directory, was[0]), (file, was[1]):
        status = os.fstat(fd)
        assert (status.st_ino, status.st_nlink) == (before.st_ino, 0), status
        os.close(fd)

# From within, also when there is another of that name: nothing of it.
kv.put("w/f", "1")
os.chdir("w")
kv.delete("w/f")
for _ in range(2):
    assert os.stat(".").st_nlink == 0
    missing(os.stat, "f")
    missing(os.listdir, ".")
    missing(os.mkdir, "new")
    assert not os.access("f", os.R_OK)
    kv.put("w/f", "2")
    os.stat("../w/f")
PYTHON

for OPTIONS in consistency=linearizable allow_other consistency=cached; do
	export OPTIONS
	start_mount -o "$OPTIONS"
	[ "$OPTIONS" = consistency=cached ] || in_mount 'python3 -B "$DIR/exact.py"' || die "$OPTIONS"
	in_mount 'python3 -B "$DIR/churn.py"' || die "$OPTIONS"
	stop_mount
done
