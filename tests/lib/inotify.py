"""The kernel's own inotify, through ctypes."""
import ctypes
import os
import select
import struct

MODIFY, ATTRIB, CLOSE_WRITE, OPEN = 0x2, 0x4, 0x8, 0x20
MOVED_FROM, MOVED_TO, CREATE, DELETE = 0x40, 0x80, 0x100, 0x200
DELETE_SELF, MOVE_SELF = 0x400, 0x800
UNMOUNT, Q_OVERFLOW, IGNORED, ONLYDIR, ISDIR = 0x2000, 0x4000, 0x8000, 0x1000000, 0x40000000
NAMES = {value: name for name, value in list(globals().items()) if isinstance(value, int)}

libc = ctypes.CDLL(None, use_errno=True)


def words(mask):
    return ",".join(name for bit, name in sorted(NAMES.items()) if mask & bit)


class Inotify:
    def __init__(self):
        self.fd = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1")

    def add(self, path, mask):
        wd = libc.inotify_add_watch(self.fd, os.fsencode(path), ctypes.c_uint32(mask))
        if wd < 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error), path)
        return wd

    def wait(self, seconds):
        """Is there something to read, within so long?"""
        return bool(select.select([self.fd], [], [], seconds)[0])

    def read(self):
        """The (wd, mask, name) that are there, without waiting."""
        try:
            data = os.read(self.fd, 1 << 20)
        except BlockingIOError:
            return
        offset = 0
        while offset < len(data):
            wd, mask, _, length = struct.unpack_from("iIII", data, offset)
            offset += 16
            name = os.fsdecode(data[offset:offset + length].rstrip(b"\0"))
            offset += length
            yield wd, mask, name
