"""The calls that a line of the table may make, each under its C name; a failure is an OSError.

A call gets its words as they are written, and returns what is compared: None (ok), a number, bytes,
a word or a list of words. One that opens something returns Opened.
"""
import ctypes
import errno
import fcntl
import os
import re
import socket
import stat

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.opendir.restype = LIBC.readdir.restype = ctypes.c_void_p
LIBC.fdopendir.restype = ctypes.c_void_p
AT = {"AT_SYMLINK_NOFOLLOW": 0x100, "AT_EACCESS": 0x200, "AT_REMOVEDIR": 0x200}
RENAME = {"RENAME_NOREPLACE": 1, "RENAME_EXCHANGE": 2, "RENAME_WHITEOUT": 4}
AT_FDCWD = -100
UTIME = {"UTIME_NOW": (1 << 30) - 1, "UTIME_OMIT": (1 << 30) - 2}
FIRST_NAME = 19  # of a struct dirent's d_name, on 64 bits
CALLS = {}


class Opened(int):
    """A descriptor, or a DIR."""


def call(function):
    CALLS[function.__name__.rstrip("_")] = function
    return function


def libc(name, *arguments):
    ctypes.set_errno(0)
    result = getattr(LIBC, name)(*arguments)
    if result == -1:
        raise OSError(ctypes.get_errno(), name)
    return result


def bits(word, *tables):
    """A|B, each a number or a name of os, stat, fcntl or of one of the tables."""
    value = 0
    for name in word.split("|"):
        for table in (*tables, vars(os), vars(stat), vars(fcntl)):
            if name in table:
                value |= table[name]
                break
        else:
            value |= int(name, 8 if re.match("0[0-7]", name) else 0)
    return value


def raw(path):
    return os.fsencode(path)


def field_of(status, field):
    if field == "perm":
        return f"{stat.S_IMODE(status.st_mode):04o}"
    if field == "type":
        return {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink"}.get(
            stat.S_IFMT(status.st_mode), "other")
    return int(getattr(status, "st_" + field))


# --- Open files ----------------------------------------------------------------------------------


@call
def openat(dirfd, path, flags, mode="0666"):
    return Opened(os.open(path, bits(flags), bits(mode), dir_fd=dirfd))


@call
def open_(path, flags, mode="0666"):
    return openat(None, path, flags, mode)


@call
def creat(path, mode="0666"):
    return Opened(libc("creat", raw(path), bits(mode)))


@call
def close(fd):
    libc("close", fd)


@call
def read(fd, size):
    return os.read(fd, int(size))


@call
def pread(fd, size, offset):
    return os.pread(fd, int(size), int(offset))


@call
def readv(fd, *sizes):
    buffers = [bytearray(int(size)) for size in sizes]
    size = os.readv(fd, buffers)
    return b"|".join(bytes(buffer) for buffer in buffers)[:size + len(sizes) - 1]


@call
def write(fd, text):
    return os.write(fd, raw(text))


@call
def pwrite(fd, text, offset):
    return os.pwrite(fd, raw(text), int(offset))


@call
def writev(fd, *texts):
    return os.writev(fd, [raw(text) for text in texts])


@call
def lseek(fd, offset, whence):
    return os.lseek(fd, int(offset), bits(whence))


@call
def truncate(path, size):
    libc("truncate", raw(path), ctypes.c_long(int(size)))


@call
def ftruncate(fd, size):
    libc("ftruncate", fd, ctypes.c_long(int(size)))


@call
def fsync(fd):
    libc("fsync", fd)


@call
def fdatasync(fd):
    libc("fdatasync", fd)


@call
def dup(fd):
    return Opened(os.dup(fd))


@call
def fcntl_(fd, command, argument="0"):
    result = fcntl.fcntl(fd, bits(command), bits(argument))
    if command == "F_GETFL":
        names = ["O_APPEND", "O_NONBLOCK"]
        access = ["O_RDONLY", "O_WRONLY", "O_RDWR"][result & os.O_ACCMODE]
        return "|".join([access] + [name for name in names if result & bits(name)])
    return Opened(result) if command.startswith("F_DUPFD") else result


@call
def lockf(fd, kind):
    fcntl.lockf(fd, bits(kind))


@call
def flock(fd, kind):
    fcntl.flock(fd, bits(kind))


# A whole file at once, as a shell does it.


@call
def put(path, text=""):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    os.write(fd, raw(text))
    libc("close", fd)


@call
def cat(path):
    fd = os.open(path, os.O_RDONLY)
    content = b""
    while part := os.read(fd, 65536):
        content += part
    os.close(fd)
    return content


# --- Names ---------------------------------------------------------------------------------------


@call
def link(old, new):
    libc("link", raw(old), raw(new))


@call
def linkat(fd, old, new_fd, new, flags="0"):
    libc("linkat", fd, raw(old), new_fd, raw(new), bits(flags, AT))


@call
def symlink(target, path):
    libc("symlink", raw(target), raw(path))


@call
def readlink(path):
    return os.readlink(raw(path))


@call
def unlinkat(fd, path, flags="0"):
    libc("unlinkat", AT_FDCWD if fd is None else fd, raw(path), bits(flags, AT))


@call
def unlink(path):
    libc("unlink", raw(path))


@call
def rename(old, new):
    libc("rename", raw(old), raw(new))


@call
def renameat(fd, old, new_fd, new):
    libc("renameat", fd, raw(old), new_fd, raw(new))


@call
def renameat2(old, new, flags):
    libc("renameat2", AT_FDCWD, raw(old), AT_FDCWD, raw(new), bits(flags, RENAME))


@call
def mkdir(path, mode="0777"):
    libc("mkdir", raw(path), bits(mode))


@call
def mkdirat(fd, path, mode="0777"):
    libc("mkdirat", fd, raw(path), bits(mode))


@call
def rmdir(path):
    libc("rmdir", raw(path))


@call
def mknod(path, mode, device="0"):
    os.mknod(path, bits(mode), int(device))


@call
def mkfifo(path, mode="0666"):
    libc("mkfifo", raw(path), bits(mode))


@call
def bind(path):
    socket.socket(socket.AF_UNIX).bind(path)


@call
def chdir(path):
    os.chdir(path)


@call
def fchdir(fd):
    os.fchdir(fd)


# --- Directories ---------------------------------------------------------------------------------


@call
def opendir(path):
    directory = LIBC.opendir(raw(path))
    if not directory:
        raise OSError(ctypes.get_errno(), "opendir")
    return Opened(directory)


def names(directory):
    while entry := LIBC.readdir(ctypes.c_void_p(directory)):
        yield ctypes.string_at(entry + FIRST_NAME).decode()


@call
def readdir(directory):
    """All that comes until its end."""
    return sorted(names(directory))


@call
def rewinddir(directory):
    LIBC.rewinddir(ctypes.c_void_p(directory))


@call
def closedir(directory):
    libc("closedir", ctypes.c_void_p(directory))


@call
def ls(path):
    return sorted(os.listdir(path))


# --- Attributes ----------------------------------------------------------------------------------


@call
def stat_(path, field):
    return field_of(os.stat(path), field)


@call
def lstat(path, field):
    return field_of(os.lstat(path), field)


@call
def fstat(fd, field):
    return field_of(os.fstat(fd), field)


@call
def fstatat(fd, path, field, flags="0"):
    return field_of(os.stat(path, dir_fd=fd, follow_symlinks=not bits(flags, AT)), field)


@call
def same(a, b):
    """Whether two paths or descriptors are one file."""
    return "yes" if os.path.samestat(os.stat(a), os.stat(b)) else "no"


@call
def listed_as(directory, name):
    """Whether the directory lists @name with the inode number that stat shows."""
    listed = [entry.inode() for entry in os.scandir(directory) if entry.name == name]
    return "itself" if listed == [os.stat(os.path.join(directory, name)).st_ino] else "another"


@call
def access(path, mode):
    libc("access", raw(path), bits(mode))


@call
def faccessat(fd, path, mode, flags="0"):
    libc("faccessat", AT_FDCWD if fd is None else fd, raw(path), bits(mode), bits(flags, AT))


@call
def chmod(path, mode):
    os.chmod(path, bits(mode))


@call
def fchmod(fd, mode):
    os.fchmod(fd, bits(mode))


@call
def fchmodat(fd, path, mode):
    os.chmod(path, bits(mode), dir_fd=fd)


@call
def chown(path, uid, gid):
    os.chown(path, int(uid), int(gid))


@call
def lchown(path, uid, gid):
    os.lchown(path, int(uid), int(gid))


@call
def fchown(fd, uid, gid):
    os.fchown(fd, int(uid), int(gid))


@call
def fchownat(fd, path, uid, gid):
    os.chown(path, int(uid), int(gid), dir_fd=fd)


def timespecs(*times):
    """Seconds, UTIME_NOW or UTIME_OMIT."""
    pairs = [(0, UTIME[time]) if time in UTIME else (int(time), 0) for time in times]
    return (ctypes.c_long * 4)(*pairs[0], *pairs[1])


@call
def utimensat(fd, path, *times):
    both = timespecs(*times) if times else None
    libc("utimensat", AT_FDCWD if fd is None else fd, raw(path), both, 0)


@call
def futimens(fd, *times):
    libc("futimens", fd, timespecs(*times) if times else None)


@call
def statvfs(path, field):
    return int(getattr(os.statvfs(path), field))


@call
def fstatvfs(fd, field):
    return int(getattr(os.fstatvfs(fd), field))


@call
def pathconf(path, name):
    return os.pathconf(path, name)


@call
def fpathconf(fd, name):
    return os.fpathconf(fd, name)


# --- The process ---------------------------------------------------------------------------------


@call
def umask(mode):
    return f"{os.umask(bits(mode)):03o}"


@call
def become(uid):
    """Another user, from here on."""
    os.setgroups([])
    os.setresgid(int(uid), int(uid), int(uid))
    os.setresuid(int(uid), int(uid), int(uid))


def error_name(number):
    name = errno.errorcode.get(number, str(number))
    return {"ENOTSUP": "EOPNOTSUPP", "EWOULDBLOCK": "EAGAIN"}.get(name, name)
