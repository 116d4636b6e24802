"""What the cases about open files share. Their programs run in the mount, RUN being etcd's.

    sys.path.insert(0, sys.argv[1]); from files import *
"""
import contextlib
import errno
import os
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


def get(name):
    with open(name, "rb") as file:
        return file.read()


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
