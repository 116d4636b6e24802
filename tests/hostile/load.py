"""What users do on a mount whose etcd lies: all calls may fail, and each has to end.

    load.py use MNT SECONDS SEED   users for so long; how many calls there were, and the slowest
    load.py compare MNT            the files are those of the keys on standard input, KEY TAB HEX
"""
import fcntl
import os
import random
import sys
import threading
import time

USERS = 16
# A call that takes longer hangs: each request of the kernel ends within half a second, but a path
# takes several, and the machine may be slow.
ENDS_S = 60
NAMES = ["a", "b", "c", "d", "d/e", "d/f", "d/g/h", ".role"]
REPORTS = ["status", "members", "metrics", "locks", "since/0", "watch", "snapshot",
           "at/5/a", "at/9/d"]


class User(threading.Thread):
    """Makes random calls, one after the other."""

    def __init__(self, mount, until, seed):
        super().__init__(daemon=True)
        self.mount, self.until = mount, until
        self.random = random.Random(seed)
        self.calls = self.failures = 0
        self.slowest = (0, "")
        self.now = None  # the call under way

    def call(self, function, *arguments):
        """One call; None if it failed."""
        began = time.monotonic()
        self.now = (began, function.__name__, arguments)
        try:
            return function(*arguments)
        except (OSError, ValueError):
            self.failures += 1
            return None
        finally:
            self.calls += 1
            self.slowest = max(self.slowest, (time.monotonic() - began, function.__name__))
            self.now = None

    def path(self, name=None):
        return os.path.join(self.mount, name or self.random.choice(NAMES))

    def with_file(self, path, flags, use):
        descriptor = self.call(os.open, path, flags | os.O_NONBLOCK, 0o644)
        if descriptor is None:
            return
        use(descriptor)
        self.call(os.close, descriptor)

    def write(self):
        flags = self.random.choice([os.O_TRUNC, os.O_APPEND, os.O_EXCL, 0])
        text = b"x" * self.random.choice([0, 1, 100, 5000, 200000])
        self.with_file(self.path(), os.O_WRONLY | os.O_CREAT | flags,
                       lambda fd: (self.call(os.write, fd, text), self.call(os.fsync, fd)))

    def read(self):
        self.with_file(self.path(), os.O_RDONLY, lambda fd: self.call(os.read, fd, 1 << 20))

    def report(self):
        name = self.random.choice([".etcd/", "d/.etcd/"]) + self.random.choice(REPORTS)
        self.with_file(self.path(name), os.O_RDONLY,
                       lambda fd: [self.call(os.read, fd, 65536) for _ in range(3)])

    def aside(self):
        name = self.random.choice([".etcd/ttl/60/t", ".etcd/ephemeral/t"])
        self.with_file(self.path(name), os.O_WRONLY | os.O_CREAT,
                       lambda fd: self.call(os.write, fd, b"t"))

    def lock(self):
        kind = self.random.choice([fcntl.LOCK_EX, fcntl.LOCK_SH]) | fcntl.LOCK_NB
        self.with_file(self.path(), os.O_RDWR,
                       lambda fd: (self.call(fcntl.flock, fd, kind), self.call(os.write, fd, b"l")))

    def name(self):
        function, count = self.random.choice([(os.mkdir, 1), (os.rmdir, 1), (os.unlink, 1),
                                              (os.rename, 2), (os.listdir, 1), (os.stat, 1)])
        self.call(function, *[self.path() for _ in range(count)])

    def attribute(self):
        path = self.path()
        self.call(os.getxattr, path, "user.etcd.mod_revision")
        self.call(os.setxattr, path, "user.etcd.expect.%d" % self.random.randrange(1, 100), b"e")
        self.call(os.utime, path, (1, 2))
        self.call(os.chmod, path, 0o600)
        self.call(os.truncate, path, self.random.randrange(9000))

    def run(self):
        steps = [self.write, self.write, self.read, self.read, self.report, self.aside, self.lock,
                 self.name, self.name, self.attribute]
        while time.monotonic() < self.until:
            self.random.choice(steps)()


def use(mount, seconds, seed):
    until = time.monotonic() + seconds
    users = [User(mount, until, seed + i) for i in range(USERS)]
    for user in users:
        user.start()
    for user in users:
        user.join(max(0, until - time.monotonic()) + ENDS_S)
        if user.is_alive():
            print("hangs:", user.now)
            os._exit(1)
    print(sum(user.calls for user in users), "calls,", sum(user.failures for user in users),
          "failed, the slowest took %.1f s: %s" % max(user.slowest for user in users))


def files_of(mount):
    for directory, _, files in os.walk(mount, onerror=fail):
        for name in files:
            path = os.path.join(directory, name)
            if name == ".role":
                continue
            with open(path, "rb") as file:
                yield os.path.relpath(path, mount), file.read()


def fail(error):
    raise error


def compare(mount):
    keys = dict(line.rstrip("\n").split("\t") for line in sys.stdin)
    wanted = {key: bytes.fromhex(value) for key, value in keys.items()
              if not key.endswith("/") and not key.startswith(".etcd/")}
    found = dict(files_of(mount))
    for name in sorted(wanted.keys() | found.keys()):
        if wanted.get(name) != found.get(name):
            print("%s: etcd has %r, the mount %r" % (
                name, (wanted.get(name) or b"nothing")[:40], (found.get(name) or b"nothing")[:40]))
    sys.exit(wanted != found)


if sys.argv[1] == "use":
    use(sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))
else:
    compare(sys.argv[2])
