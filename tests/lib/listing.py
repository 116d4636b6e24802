"""listing.py COUNT: lists directories of the mount it stands in, which others change meanwhile."""
import os
import sys
import threading

from dirs import DT_DIR, DT_REG, Stream, getdents
from kv import KV

COUNT = int(sys.argv[1])


def put_all(kv, directory, count):
    for first in range(0, count, 100):
        kv.txn([(f"{directory}/stays-{i:06}", "") for i in range(first, min(first + 100, count))])


def fence():
    """What was changed before is seen from now on, cached or not: our own change came after it."""
    os.mkdir("fence")
    os.rmdir("fence")


class Churn:
    """Makes and removes names between those that stay, until it is told to end."""

    def __init__(self, directory):
        self.kv = KV(os.environ["RUN"])
        self.directory = directory
        self.over = threading.Event()
        self.rounds = 0
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.over.is_set():
            which = self.rounds % 50
            names = [f"{self.directory}/stays-{COUNT * i // 50:06}{which}" for i in range(50)]
            self.kv.txn([(name, "x") for name in names])
            self.kv.txn([(name, None) for name in names])
            self.rounds += 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def judge(what, names, stay):
    seen = set(names)
    assert len(seen) == len(names), f"{what}: {len(names) - len(seen)} names twice"
    assert stay <= seen, f"{what}: {len(stay - seen)} of {len(stay)} are missing"


def by_getdents(directory, size, pause):
    """All names, in buffers of @size bytes; after each of the first ones pause() is called."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    names, pauses = [], 0
    while entries := getdents(fd, size):
        names += [entry[0] for entry in entries if entry[0] not in (".", "..")]
        if len(names) < 100 or pauses < 3:
            pauses += 1
            pause()
    os.close(fd)
    return names


def lists_while_it_changes():
    kv = KV(os.environ["RUN"])
    put_all(kv, "big", COUNT)
    put_all(kv, "small", 2000)
    stay = {f"stays-{i:06}" for i in range(COUNT)}
    few = {f"stays-{i:06}" for i in range(2000)}
    fence()
    judge("at rest", os.listdir("big"), stay)
    with Churn("big") as churn:
        def pause():
            seen = churn.rounds
            while churn.rounds < seen + 2 and churn.thread.is_alive():
                os.stat("big")
        judge("listdir", os.listdir("big"), stay)
        judge("getdents", by_getdents("big", 32768, pause), stay)
        judge("again", os.listdir("big"), stay)
        assert churn.rounds > 4, churn.rounds
    with Churn("small") as churn:
        judge("small buffers", by_getdents("small", 48, pause), few)
    fence()
    assert set(os.listdir("small")) == few
    assert set(os.listdir("big")) == stay


def tells_and_seeks():
    os.makedirs("seek/subdirectory")
    for i in range(300):
        os.mknod(f"seek/f-{i:03}")
    stream = Stream("seek")
    assert [stream.read(), stream.read()] == [(".", DT_DIR), ("..", DT_DIR)]
    way = []
    while True:
        position = stream.tell()
        entry = stream.read()
        if not entry:
            break
        way.append((position, entry))
    end = position
    assert [entry for _, entry in way] == \
        [(f"f-{i:03}", DT_REG) for i in range(300)] + [("subdirectory", DT_DIR)]
    os.unlink("seek/f-000")
    os.mkdir("seek/a-new-one")
    for position, entry in reversed(way):
        stream.seek(position)
        assert stream.read() == entry, "a position in what was opened"
    stream.seek(end)
    assert stream.read() is None, "the end stays the end"
    stream.rewind()
    names = stream.names()
    assert names == ["a-new-one"] + [f"f-{i:03}" for i in range(1, 300)] + ["subdirectory"], names
    stream.close()


def two_at_once():
    one, two = Stream("seek"), Stream("seek")
    first = one.names()
    os.unlink("seek/f-001")
    assert two.read() == (".", DT_DIR), "a position of its own"
    both = [two.read()[0]] + two.names()
    assert [".."] + first == both, "opened before, so with what was there then"
    one.rewind()
    assert set(first) - set(one.names()) == {"f-001"}
    one.close()
    two.close()


def types_are_those_of_stat():
    os.mkdir("seek/explicit")
    KV(os.environ["RUN"]).txn([("seek/implicit/x", "1"), ("seek/implicit", "2")])
    fence()
    for directory in (".", "seek", "seek/implicit"):
        fd = os.open(directory, os.O_RDONLY)
        seen = []
        while entries := getdents(fd, 4096):
            seen += entries
        for name, kind, _, inode in seen:
            status = os.stat(directory + "/" + name)
            assert kind == (DT_DIR if os.path.isdir(directory + "/" + name) else DT_REG), name
            assert inode == status.st_ino or name == "..", name
        os.close(fd)
    assert sorted(os.listdir("seek/implicit")) == ["%value", "x"]


tells_and_seeks()
two_at_once()
types_are_those_of_stat()
lists_while_it_changes()
