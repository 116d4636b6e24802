"""Directories through libc and the bare system call: telldir, seekdir, buffers of any size."""
import ctypes
import os
import struct

SYS_GETDENTS64 = {"x86_64": 217, "aarch64": 61}[os.uname().machine]
DT_DIR, DT_REG = 4, 8

libc = ctypes.CDLL(None, use_errno=True)
libc.fdopendir.restype = ctypes.c_void_p
libc.readdir64.restype = ctypes.POINTER(ctypes.c_char)
libc.telldir.restype = ctypes.c_long
libc.telldir.argtypes = libc.rewinddir.argtypes = libc.closedir.argtypes = [ctypes.c_void_p]
libc.readdir64.argtypes = libc.telldir.argtypes
libc.seekdir.argtypes = [ctypes.c_void_p, ctypes.c_long]
libc.syscall.restype = ctypes.c_long


def fail():
    code = ctypes.get_errno()
    raise OSError(code, os.strerror(code))


class Stream:
    """opendir(), readdir() and the rest."""

    def __init__(self, path):
        self.stream = libc.fdopendir(os.open(path, os.O_RDONLY | os.O_DIRECTORY))

    def read(self):
        """(name, type), None at the end."""
        ctypes.set_errno(0)
        entry = libc.readdir64(self.stream)
        if not entry:
            return fail() if ctypes.get_errno() else None
        name = ctypes.string_at(ctypes.addressof(entry.contents) + 19)
        return os.fsdecode(name), ord(entry[18])

    def tell(self):
        return libc.telldir(self.stream)

    def seek(self, position):
        libc.seekdir(self.stream, position)

    def rewind(self):
        libc.rewinddir(self.stream)

    def close(self):
        libc.closedir(self.stream)

    def names(self):
        """The rest, without the dots."""
        names = []
        while entry := self.read():
            if entry[0] not in (".", ".."):
                names.append(entry[0])
        return names


def getdents(fd, size):
    """One call: [(name, type, next position, inode)], empty at the end."""
    buffer = ctypes.create_string_buffer(size)
    used = libc.syscall(SYS_GETDENTS64, fd, buffer, size)
    if used < 0:
        fail()
    entries, at = [], 0
    while at < used:
        inode, position, length, kind = struct.unpack_from("<QqHB", buffer, at)
        name = os.fsdecode(ctypes.string_at(ctypes.addressof(buffer) + at + 19))
        entries.append((name, kind, position, inode))
        at += length
    return entries
