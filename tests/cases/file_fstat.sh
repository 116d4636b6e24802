#!/bin/bash
# fstat and the first read by the same descriptor are of one value, whatever others put meanwhile.
# Statements: 3, 233, 275.
. "$(dirname "$0")/../lib/case.sh"

export RUN PYTHONPATH=$TOP/tests/lib

cat >"$DIR/whole.py" <<'PYTHON'
import os
import signal
import threading
import time

from kv import KV

SHORT, LONG = b"short", b"long" * 3000
ROUNDS = 300


def storm(kv):
    """Until SIGTERM; what it has put by then is all answered."""
    over = []
    signal.signal(signal.SIGTERM, lambda *_: over.append(True))
    while not over:
        kv.put("key", SHORT)
        kv.put("key", LONG)
    os._exit(0)


def is_whole(what, said, data):
    assert data in (SHORT, LONG) and said == len(data), f"{what}: {said} bytes said, {len(data)} read"


def by_fstat(fd):
    said = os.fstat(fd).st_size
    is_whole("fstat", said, os.read(fd, said))


def twice(fd):
    os.fstat(fd)
    by_fstat(fd)


def by_stat(fd):
    os.fstat(fd)
    said = os.stat("key").st_size
    is_whole("stat", said, os.read(fd, said))


def in_thread(fd):
    thread = threading.Thread(target=by_fstat, args=(fd,))
    thread.start()
    thread.join()


def beside_another(fd):
    """Of a thread that does the same by a descriptor of its own."""
    said = os.fstat(fd).st_size
    thread = threading.Thread(target=opened, args=(by_fstat,))
    thread.start()
    is_whole("beside a thread", said, os.read(fd, said))
    thread.join()


def opened(function):
    fd = os.open("key", os.O_RDONLY)
    try:
        function(fd)
    finally:
        os.close(fd)


def unpublished():
    """What another process has written is in the size of its own descriptors alone."""
    ready, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        fd = os.open("other", os.O_WRONLY)
        os.write(fd, b"written and not published")
        os.write(told, b".")
        signal.pause()
    os.read(ready, 1)
    fd = os.open("other", os.O_RDONLY)
    said = os.fstat(fd).st_size
    assert (said, os.read(fd, 100)) == (3, b"old"), said
    os.close(fd)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


kv = KV(os.environ["RUN"])
kv.put("key", SHORT)
kv.put("other", "old")
unpublished()
writer = os.fork()
if writer == 0:
    storm(KV(os.environ["RUN"]))
try:
    checks = [by_fstat, twice, in_thread, beside_another]
    if os.environ["OPTIONS"] != "consistency=cached": # there a stat may be a moment old (86)
        checks.append(by_stat)
    for check in checks:
        for _ in range(ROUNDS):
            opened(check)
finally:
    os.kill(writer, signal.SIGTERM)
    os.waitpid(writer, 0)

# What is read stays: only before the first read an fstat renews.
def put_and_see(value):
    """A cached mount shows it a moment later (86)."""
    kv.put("key", value)
    while os.stat("key").st_size != len(value):
        time.sleep(0.01)


put_and_see(SHORT)
fd = os.open("key", os.O_RDONLY)
assert os.read(fd, 2) == SHORT[:2]
put_and_see(LONG)
assert os.fstat(fd).st_size == len(LONG)
assert os.read(fd, 100) == SHORT[2:]
assert os.pread(fd, len(LONG), 0) == LONG
PYTHON

for OPTIONS in consistency=linearizable consistency=cached; do
	export OPTIONS
	start_mount -o "$OPTIONS"
	check "$OPTIONS" in_mount 'python3 -B "$DIR/whole.py"'
	stop_mount
done
