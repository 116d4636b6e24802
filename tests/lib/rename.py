"""rename FROM TO [noreplace|exchange|whiteout], without mv's own thoughts."""
import ctypes
import os
import sys

FLAGS = {"": 0, "noreplace": 1, "exchange": 2, "whiteout": 4}
AT_FDCWD = -100
libc = ctypes.CDLL(None, use_errno=True)


def rename(old, new, flag=""):
    if libc.renameat2(AT_FDCWD, os.fsencode(old), AT_FDCWD, os.fsencode(new), FLAGS[flag]):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), old)


if __name__ == "__main__":
    try:
        rename(*sys.argv[1:])
    except OSError as problem:
        sys.exit(problem.strerror)
