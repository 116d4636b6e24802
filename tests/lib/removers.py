"""removers.py HERE THERE SECONDS: rm -r of a tree in HERE, again and again, while others write
into it: through the mount THERE, and by etcd's own means. Judges each round."""
import errno
import os
import random
import re
import subprocess
import sys
import threading
import time

from kv import KV

HERE, THERE, SECONDS = sys.argv[1], sys.argv[2], float(sys.argv[3])
DIRECTORIES = ["t", "t/m", "t/m/n", "t/i", "t/i/j", "t/i/j/k"]
GONE = (errno.ENOENT, errno.ESTALE, errno.ENOTDIR)


class Writer(threading.Thread):
    """Makes files of names that nobody else makes, and remembers what became of each."""

    def __init__(self, number, over, pause):
        super().__init__()
        self.number, self.over, self.pause = number, over, pause
        self.done, self.refused, self.unknown = set(), set(), set()
        self.wrong = None

    def run(self):
        try:
            count = 0
            while not self.over.wait(self.pause):
                name = f"{random.choice(DIRECTORIES)}/{self.number}-{count}"
                self.result_of(name).add(name)
                count += 1
        except Exception as error:  # judged by the main thread
            self.wrong = error

    def result_of(self, name):
        try:
            self.write(name)
            return self.done
        except OSError as error:
            if error.errno == errno.ETIMEDOUT:
                return self.unknown
            if error.errno not in GONE:
                raise
            return self.refused


class MountWriter(Writer):
    def write(self, name):
        fd = os.open(f"{THERE}/{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            os.write(fd, name.encode())
        finally:
            os.close(fd)


class ClientWriter(Writer):
    kv = None

    def write(self, name):
        self.kv = self.kv or KV(os.environ["RUN"])
        self.kv.put(name, name)


def make_tree(kv):
    for name in ("t", "t/m", "t/m/n"):
        os.makedirs(f"{HERE}/{name}", exist_ok=True)
    changes = [(f"{name}/old-{i}", "old") for name in DIRECTORIES for i in range(15)]
    kv.txn(changes + [("t/i", "a value"), ("t/m/n", "another")])


def remove():
    """What rm has removed by its name, and why it has left the rest."""
    rm = subprocess.run(["rm", "-rv", "t"], cwd=HERE, capture_output=True, text=True, timeout=100,
                        env=dict(os.environ, LC_ALL="C"), check=False)
    removed = set(re.findall(r"^removed '(.*)'$", rm.stdout, re.M))
    why = re.findall(r"^rm: cannot remove '.*': (.*)$", rm.stderr, re.M)
    assert len(why) == len(rm.stderr.splitlines()), rm.stderr
    assert (rm.returncode == 0) == (not why), (rm.returncode, why)
    return removed, why


def files():
    found = set()
    for directory, _, names in os.walk(f"{HERE}/t"):
        found |= {os.path.relpath(os.path.join(directory, name), HERE) for name in names}
    return found


def judge_round(kv):
    make_tree(kv)
    over = threading.Event()
    pause = random.choice((0.001, 0.02, 0.2, 1))
    writers = [kind(i, over, pause)
               for i, kind in enumerate((MountWriter, MountWriter, ClientWriter))]
    for writer in writers:
        writer.start()
    removed, why = remove()
    over.set()
    for writer in writers:
        writer.join()
        assert not writer.wrong, writer.wrong
    left = files()
    done = set().union(*(writer.done for writer in writers))
    refused = set().union(*(writer.refused for writer in writers))
    assert set(why) <= {"Directory not empty"}, why
    lost = done - removed - left
    assert not lost, f"written, and lost: {sorted(lost)[:5]} of {len(lost)}"
    assert not refused & left, f"refused, and there: {sorted(refused & left)[:5]}"
    assert not any("old-" in name or "%value" in name for name in left), sorted(left)[:5]
    subprocess.run(["rm", "-rf", "t"], cwd=HERE, check=True, timeout=100)
    assert not os.path.exists(f"{HERE}/t"), "it is left when nobody writes"
    return len(done - removed), len(refused), not why


def main():
    kv, end = KV(os.environ["RUN"]), time.monotonic() + SECONDS
    rounds = []
    while len(rounds) < 8 or time.monotonic() < end:
        rounds.append(judge_round(kv))
    kept, refused, gone = (sum(column) for column in zip(*rounds))
    print(f"{len(rounds)} rounds, the tree gone in {gone}; "
          f"{kept} files written after, {refused} refused")


main()
