"""What the cases about open files share. Their programs run in the mount, RUN being etcd's.

    sys.path.insert(0, sys.argv[1]); from files import *
"""
import contextlib
import errno
import os
import subprocess
import sys

import kv

LIMIT = 1572864 - 16384  # the greatest value: max-request-bytes less 16 KiB


def elsewhere(run):
    """Another client of the cluster, over etcd's socket in RUN."""
    return kv.KV(run)


def put(name, data):
    """Published when it returns: a mere truncation is no close's business."""
    with open(name, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


# Begun before anything is open: what would inherit a file would publish it.
READER = subprocess.Popen(
    [sys.executable, "-c", """import sys
for name in sys.stdin:
    try:
        with open(name[:-1], "rb") as file:
            data = file.read()
        sys.stdout.buffer.write(b"%d\\n%s" % (len(data), data))
    except OSError as error:
        sys.stdout.buffer.write(b"-%d\\n" % error.errno)
    sys.stdout.buffer.flush()"""], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def get(name):
    """What another process reads: ours would see what it has not published."""
    READER.stdin.write(name.encode() + b"\n")
    READER.stdin.flush()
    length = int(READER.stdout.readline())
    if length < 0:
        raise OSError(-length, os.strerror(-length), name)
    return READER.stdout.read(length)


def same(what, expected, got):
    if expected != got:
        sys.exit(f"{what}: expected {expected!r}, got {got!r}")


@contextlib.contextmanager
def fails(what, *errnos):
    """The block ends with an OSError of one of these."""
    try:
        yield
    except OSError as error:
        if error.errno not in errnos:
            sys.exit(f"{what}: expected {[errno.errorcode[e] for e in errnos]}, got {error}")
        return
    sys.exit(f"{what}: succeeded")


@contextlib.contextmanager
def opened(name, flags, mode=0o666):
    """An open file, closed in the end (where that may fail: close it in the block)."""
    fd = os.open(name, flags, mode)
    try:
        yield fd
    finally:
        with contextlib.suppress(OSError):
            os.close(fd)


def closes(what, fd, *errnos):
    """os.close() gives the descriptor up also when it fails."""
    with fails(what, *errnos):
        os.close(fd)
