"""holder.py: a process that does what its stdin says, a line at a time, in its directory.

It answers each line with "ok", what was read, or the name of an errno. FD names an open file.

  open FD PATH FLAG...    with os.O_FLAG; close FD; write FD TEXT; append FD TEXT (with a newline);
  read FD                 from its beginning; truncate FD; sync FD
  attribute FD NAME       user.etcd.NAME; attribute_of_path PATH NAME
  lock FD [sh] [nb]       flock(2); unlock FD; fcntl FD [sh] [nb]: lockf(3), whole; unfcntl FD
  poll FD                 what poll(2) says at once, beside IN and OUT: a sum, in hexadecimal
  await FD                waits for POLLPRI, without an answer before it comes
  put PATH TEXT           opens, writes, closes; unlink, mkdir, rmdir, make (O_EXCL) PATH
  end                     it ends, and so closes all
  rename FROM TO          and exchange FROM TO; expect PATH TEXT: user.etcd.expect of its revision
"""
import ctypes
import errno
import fcntl
import os
import select
import sys

READY = select.POLLIN | select.POLLOUT | select.POLLRDNORM | select.POLLWRNORM
files = {}


def do_open(name, path, *flags):
    files[name] = os.open(path, sum(getattr(os, "O_" + flag) for flag in flags), 0o666)


def do_close(name):
    os.close(files.pop(name))


def do_write(name, text):
    os.pwrite(files[name], text.encode(), 0)


def do_append(name, text):
    os.write(files[name], text.encode() + b"\n")


def do_read(name):
    return os.pread(files[name], 1 << 20, 0).decode().rstrip("\n")


def do_attribute(name, attribute):
    return os.getxattr(files[name], "user.etcd." + attribute).decode()


def do_attribute_of_path(path, attribute):
    return os.getxattr(path, "user.etcd." + attribute).decode()


def do_truncate(name):
    os.ftruncate(files[name], 0)


def do_sync(name):
    os.fsync(files[name])


def mode(words):
    return (fcntl.LOCK_SH if "sh" in words else fcntl.LOCK_EX) | (
        fcntl.LOCK_NB if "nb" in words else 0)


def do_lock(name, *words):
    fcntl.flock(files[name], mode(words))


def do_unlock(name):
    fcntl.flock(files[name], fcntl.LOCK_UN)


def do_fcntl(name, *words):
    fcntl.lockf(files[name], mode(words))


def do_unfcntl(name):
    fcntl.lockf(files[name], fcntl.LOCK_UN)


def polled(name, timeout):
    poller = select.poll()
    poller.register(files[name], select.POLLPRI)
    events = dict(poller.poll(timeout))
    return f"{events.get(files[name], 0) & ~READY:x}"


def do_poll(name):
    return polled(name, 0)


def do_await(name):
    return polled(name, None)


def do_put(path, text):
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)


def do_make(path):
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))


def do_exchange(old, new):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(-100, old.encode(), -100, new.encode(), 2) < 0:
        raise OSError(ctypes.get_errno(), "renameat2")


def do_expect(path, text):
    revision = os.getxattr(path, "user.etcd.mod_revision").decode()
    os.setxattr(path, "user.etcd.expect." + revision, text.encode())


ACTIONS = {name[3:]: action for name, action in globals().items() if name.startswith("do_")}
ACTIONS |= {"unlink": os.unlink, "mkdir": os.mkdir, "rmdir": os.rmdir, "rename": os.rename,
            "end": sys.exit}

for line in sys.stdin:
    action, *words = line.split()
    try:
        answer = ACTIONS[action](*words)
    except OSError as error:
        answer = errno.errorcode.get(error.errno, error.errno)
    print("ok" if answer is None else answer, flush=True)
