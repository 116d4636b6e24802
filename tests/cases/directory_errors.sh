#!/bin/bash
# What mkdir, rmdir, unlink and open of directories refuse, and with which errno.
# Statements: 42, 227, 228.
. "$(dirname "$0")/../lib/case.sh"

# judge CONSISTENCY: each call and what it must end with.
judge() {
	start_mount -o "consistency=$1"
	in_mount 'python3 -B -' <<'PYTHON'
import errno
import os

D = os.O_DIRECTORY
LONG = "x" * 255
AT = os.open(".", os.O_RDONLY)
wrong = []


def ends(expected, function, *args, **kwargs):
    try:
        result = function(*args, **kwargs)
        got = 0
        if function is os.open:
            os.close(result)
    except OSError as error:
        got = error.errno
    words = [errno.errorcode.get(code, "done") for code in (expected, got)]
    if expected != got:
        wrong.append(f"{function.__name__}{str(args)[:60]}: expected {words[0]}, got {words[1]}")


def opens(expected, path, flags):
    ends(expected, os.open, path, flags)


os.mkdir("d")
os.mkdir("d/sub")
os.mkdir("empty")
os.close(os.open("file", os.O_CREAT | os.O_WRONLY))

ends(errno.EEXIST, os.mkdir, "d")
ends(errno.EEXIST, os.mkdir, "d/")
ends(errno.EEXIST, os.mkdir, "file")
ends(errno.EEXIST, os.mkdir, ".")
ends(errno.EEXIST, os.mkdir, "d/..")
ends(errno.ENOENT, os.mkdir, "none/x")
ends(errno.ENOTDIR, os.mkdir, "file/x")
ends(errno.ENOENT, os.mkdir, "")
ends(0, os.mkdir, "slash/")
ends(0, os.rmdir, "slash/")
ends(errno.EEXIST, os.mkdir, ".role")
ends(errno.EPERM, os.rmdir, ".etcd")

ends(errno.ENOTEMPTY, os.rmdir, "d")
ends(errno.ENOENT, os.rmdir, "none")
ends(errno.ENOTDIR, os.rmdir, "file")
ends(errno.ENOTDIR, os.rmdir, "file/x")
ends(errno.EINVAL, os.rmdir, "d/.")
ends(errno.ENOTEMPTY, os.rmdir, "d/..")
ends(errno.EBUSY, os.rmdir, os.environ["MNT"])

ends(errno.EISDIR, os.unlink, "empty")
ends(errno.EISDIR, os.unlink, "empty/.")
ends(errno.ENOTDIR, os.unlink, "file/")
ends(errno.ENOTDIR, os.unlink, "file/x")
ends(errno.ENOENT, os.unlink, "none")

opens(0, "d", os.O_RDONLY)
opens(0, "d", D | os.O_NOFOLLOW)
opens(0, "d/", D | os.O_CLOEXEC)
opens(0, "d", os.O_PATH)
opens(errno.EISDIR, "d", os.O_WRONLY)
opens(errno.EISDIR, "d", os.O_RDWR)
opens(errno.EISDIR, "d", os.O_RDONLY | os.O_TRUNC)
opens(errno.EISDIR, "d", os.O_WRONLY | os.O_APPEND)
opens(errno.EISDIR, "d", os.O_CREAT)
opens(errno.EEXIST, "d", os.O_CREAT | os.O_EXCL | os.O_WRONLY)
opens(errno.EISDIR, "none/", os.O_CREAT | os.O_WRONLY)
opens(errno.ENOTDIR, "file", D)
opens(errno.ENOTDIR, "file/", os.O_RDONLY)
opens(errno.EOPNOTSUPP, "d", os.O_TMPFILE | os.O_RDWR)

# The longest name, and one more byte, wherever a name is given.
ends(0, os.mkdir, LONG)
ends(0, os.rmdir, LONG)
for call, args in ((os.mkdir, ()), (os.rmdir, ()), (os.unlink, ()), (os.stat, ()), (os.listdir, ()),
                   (os.open, (os.O_CREAT | os.O_WRONLY,)), (os.rename, ("new",)), (os.mknod, ())):
    ends(errno.ENAMETOOLONG, call, LONG + "x", *args)
    ends(errno.ENAMETOOLONG, call, "d/" + LONG * 2, *args)
ends(errno.ENAMETOOLONG, os.rename, "file", LONG + "x")
ends(errno.ENAMETOOLONG, os.mkdir, "x/" * 2048)

# What is open is a directory: it is read by getdents alone, and syncs.
fd = os.open("d", D)
ends(errno.EISDIR, os.read, fd, 10)
ends(errno.EBADF, os.write, fd, b"x")
ends(0, os.fsync, fd)
ends(0, os.fdatasync, fd)
ends(errno.ENOTEMPTY, os.rmdir, "d", dir_fd=AT)
ends(0, os.rmdir, "sub", dir_fd=fd)
ends(0, os.rmdir, "d", dir_fd=AT)
ends(0, os.fsync, fd)
assert not wrong, "\n".join(wrong)
assert sorted(os.listdir(".")) == [".role", "empty", "file"], os.listdir(".")
PYTHON
	equal "$1: the keys" "empty/ file" "$(keys | grep -v ^.etcd/ | LC_ALL=C sort | paste -sd ' ')"
	in_mount 'rm -r empty file'
	stop_mount
}

judge linearizable
judge cached
