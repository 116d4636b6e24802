"""leaders.py MOUNT...: reads each .role all the time; did two ever say "leader" at once?

A line "INDEX WORD FIRST LAST" for each word of a mount, when it has ended: the milliseconds (of
CLOCK_BOOTTIME) at which the first reading of it was over, and at which the last began. So it was
said before FIRST, and still after LAST. Two leaders overlap if each of them began to be one, as far
as a reader can know, before the other was read as one for the last time.

Ends with SIGTERM: then come the words that still hold, a line for each overlap, and one that counts
them. The exit status is 1 if there is one.
"""
import os
import select
import signal
import sys
import time

PAUSE_S = 0.002
PATIENCE_S = 5


def now_ms():
    return time.clock_gettime(time.CLOCK_BOOTTIME) * 1000


class Reader:
    """Of one .role, in a process of its own: one that hangs holds up nobody else."""

    def __init__(self, mount):
        self.path = f"{mount}/.role"
        self.fd = -1

    def read(self):
        try:
            if self.fd < 0:
                self.fd = os.open(self.path, os.O_RDONLY)
            return os.pread(self.fd, 64, 0).decode().strip() or "nothing"
        except OSError:
            if self.fd >= 0:
                os.close(self.fd)
            self.fd = -1
            return "gone"


class End(Exception):
    """SIGTERM."""


def on_term(*_):
    raise End


def watch(index, mount, out):
    signal.signal(signal.SIGTERM, on_term)
    reader = Reader(mount)
    word, first, last = None, 0, 0

    def tell():
        if word:
            os.write(out, f"{index} {word} {first:.1f} {last:.1f}\n".encode())

    try:
        while True:
            began = now_ms()
            seen = reader.read()
            ended = now_ms()
            if seen != word:
                tell()
                word, first = seen, ended
            last = began
            time.sleep(PAUSE_S)
    except End:
        tell()
    os._exit(0)


def parse(line):
    index, word, first, last = line.split()
    return int(index), word, float(first), float(last)


def overlaps(words):
    """The pairs of leaders that were so at once, with for how long at least."""
    led = sorted((first, last, index) for index, word, first, last in words if word == "leader")
    for at, (first, last, index) in enumerate(led):
        for first_2, last_2, index_2 in led[at + 1:]:
            if index_2 != index and first_2 < last and first < last_2:
                yield index, index_2, first_2, min(last, last_2) - first_2


class Watch:
    """All the readers; take() gives what they have said by now."""

    def __init__(self, mounts):
        self.pids = []
        self.ends = {}
        self.words = []
        for index, mount in enumerate(mounts):
            mine, its = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.close(mine)
                watch(index, mount, its)
            os.close(its)
            self.pids.append(pid)
            self.ends[mine] = b""

    def take(self, timeout_s):
        for fd in select.select(list(self.ends), [], [], timeout_s)[0]:
            data = os.read(fd, 65536)
            *lines, rest = (self.ends[fd] + data).decode().split("\n")
            self.ends[fd] = rest.encode()
            new = [parse(line) for line in lines]
            self.words += new
            yield from new
            if not data:
                os.close(fd)
                del self.ends[fd]

    def stop(self):
        for pid in self.pids:
            os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + PATIENCE_S
        while self.ends and time.monotonic() < until:
            yield from self.take(0.1)
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def show(words):
    for index, word, first, last in words:
        print(index, word, f"{first:.1f}", f"{last:.1f}", flush=True)


def main():
    readers = Watch(sys.argv[1:])
    signal.signal(signal.SIGTERM, on_term)
    try:
        while True:
            show(readers.take(1))
    except End:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    show(readers.stop())
    found = list(overlaps(readers.words))
    for old, new, at, length in found:
        print(f"overlap: {old} and {new} at {at:.1f}, for {length:.1f} ms")
    led = sum(word == "leader" for _, word, _, _ in readers.words)
    print(f"{led} leaders, {len(found)} overlaps")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
