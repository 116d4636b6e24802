"""A process that does operations on mounts, one at a time, and keeps its open files."""
import errno
import json
import os
import socket
import stat
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from rename import rename  # noqa: E402


class Worker:
    """What is done: each operation returns a value, or raises OSError."""

    def __init__(self, mounts):
        self.mounts = mounts
        self.slots = {}

    def at(self, mount, path):
        return f"{self.mounts[mount]}/{path}" if path else self.mounts[mount]

    def open(self, mount, slot, path, flags):
        fd = os.open(self.at(mount, path), flags_of(flags), 0o666)
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            os.close(fd)
        else:
            self.slots[slot] = fd

    def pread(self, mount, slot, size, offset):
        return os.pread(self.slots[slot], int(size), int(offset)).decode("latin-1")

    def pwrite(self, mount, slot, offset, text):
        written = os.pwrite(self.slots[slot], text.encode("latin-1"), int(offset))
        return None if written == len(text) else f"{written} bytes"

    def ftruncate(self, mount, slot, size):
        os.ftruncate(self.slots[slot], int(size))

    def fstat(self, mount, slot):
        return attributes(os.fstat(self.slots[slot]))

    def fsync(self, mount, slot):
        os.fsync(self.slots[slot])

    def close(self, mount, slot):
        os.close(self.slots.pop(slot))

    def stat(self, mount, path):
        return attributes(os.stat(self.at(mount, path)))

    def listdir(self, mount, path):
        with os.scandir(self.at(mount, path)) as entries:
            return sorted(entry.name + ("/" if entry.is_dir() else "") for entry in entries)

    def getxattr(self, mount, path, name):
        return os.getxattr(self.at(mount, path), "user.etcd." + name).decode("latin-1")

    def expect(self, mount, path, revision, data):
        os.setxattr(self.at(mount, path), "user.etcd.expect." + revision, data.encode("latin-1"))

    def truncate(self, mount, path, size):
        os.truncate(self.at(mount, path), int(size))

    def touch(self, mount, path):
        os.chmod(self.at(mount, path), 0o640)
        os.utime(self.at(mount, path))

    def mkdir(self, mount, path):
        os.mkdir(self.at(mount, path))

    def unlink(self, mount, path):
        os.unlink(self.at(mount, path))

    def rmdir(self, mount, path):
        os.rmdir(self.at(mount, path))

    def rename(self, mount, old, new, flag=""):
        rename(self.at(mount, old), self.at(mount, new), flag)

    # What the concurrent mode does: several calls that are one operation.

    def read(self, mount, path):
        fd = os.open(self.at(mount, path), os.O_RDONLY)
        try:
            return os.read(fd, 65536).decode("latin-1")
        finally:
            os.close(fd)

    def write(self, mount, path, text, flags="w,trunc"):
        fd = os.open(self.at(mount, path), flags_of(flags))
        try:
            os.write(fd, text.encode("latin-1"))
        finally:
            os.close(fd)

    def append(self, mount, path, text):
        self.write(mount, path, text, "w,append")

    def create(self, mount, path):
        os.close(os.open(self.at(mount, path), flags_of("w,creat,excl"), 0o666))


def flags_of(words):
    access = {"r": os.O_RDONLY, "w": os.O_WRONLY, "rw": os.O_RDWR}
    first, *others = words.split(",")
    flags = access[first]
    for word in others:
        flags |= getattr(os, "O_" + word.upper())
    return flags


def attributes(found):
    kind = "directory" if stat.S_ISDIR(found.st_mode) else "file"
    return [kind, found.st_nlink, found.st_size]


def result_of(worker, mount, name, arguments):
    try:
        result = getattr(worker, name)(mount, *arguments)
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))
    return "done" if result is None else result


def serve(channel, mounts):
    worker = Worker(mounts)
    with channel.makefile("rw") as lines:
        for line in lines:
            mount, name, *arguments = json.loads(line)
            print(json.dumps(result_of(worker, mount, name, arguments)), file=lines, flush=True)


class Process:
    """A worker in a process of its own."""

    def __init__(self, mounts, others=()):
        ours, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            for other in others:
                other.hang_up()
            try:
                serve(theirs, mounts)
            finally:
                os._exit(0)
        theirs.close()
        ours.settimeout(200)
        self.channel = ours
        self.lines = ours.makefile("rw")

    def do(self, mount, name, *arguments):
        print(json.dumps([mount, name, *arguments]), file=self.lines, flush=True)
        answer = self.lines.readline()
        if not answer:
            raise RuntimeError("a worker is gone")
        return json.loads(answer)

    def hang_up(self):
        self.lines.close()
        self.channel.close()

    def end(self):
        self.hang_up()
        os.waitpid(self.pid, 0)
