"""fill.py MOUNT ROUNDS: many writers at once fill etcd to its quota, again and again. What each of
them was told is judged by what etcd has then. (What comes just when its database is full etcd
applies, and refuses.)"""
import errno
import os
import sys
import threading
import time

from kv import KV

MOUNT, ROUNDS = sys.argv[1], int(sys.argv[2])
WRITERS = 12
SIZE = 300_000
HEALED = 20


class Writer(threading.Thread):
    """Overwrites its file until that is refused, or not known."""

    def __init__(self, number):
        super().__init__()
        self.name = f"full-{number}"
        self.values = {b""}  # one of these is the file's
        self.ending = "none"

    def make(self):
        with open(f"{MOUNT}/{self.name}", "xb"):
            pass

    def run(self):
        count = 0
        while self.ending in ("none", "done"):
            count += 1
            value = (b"%d " % count).ljust(SIZE, b"x")
            try:
                self.write(value)
                self.ending, self.values = "done", {value}
            except OSError as error:
                self.ending = errno.errorcode[error.errno]
                if error.errno == errno.ETIMEDOUT:
                    self.values.add(value)

    def write(self, value):
        fd = os.open(f"{MOUNT}/{self.name}", os.O_WRONLY)
        try:
            os.pwrite(fd, value, 0)
        finally:
            os.close(fd)


def make_all(writers):
    """As soon as there is room again."""
    limit = time.monotonic() + HEALED
    while True:
        try:
            for writer in writers:
                writer.make()
            return
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            status = KV(os.environ["RUN"]).ask("/v3/maintenance/status", {})
            assert time.monotonic() < limit, f"still no room: {status}"
            remove_all(writers)
            time.sleep(0.1)


def remove_all(writers):
    for writer in writers:
        try:
            os.unlink(f"{MOUNT}/{writer.name}")
        except FileNotFoundError:
            pass


def one_round():
    writers = [Writer(number) for number in range(WRITERS)]
    make_all(writers)
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    there = KV(os.environ["RUN"]).all()
    for writer in writers:
        value = there[writer.name.encode()]
        assert writer.ending in ("ENOSPC", "ETIMEDOUT"), writer.ending
        assert value in writer.values, f"{writer.name} was told {writer.ending}: {value[:9]}"
    remove_all(writers)
    return sum(writer.ending == "ETIMEDOUT" for writer in writers)


unknown = [one_round() for _ in range(ROUNDS)]
print(f"of {WRITERS} writers unknown, by rounds: {unknown}")
