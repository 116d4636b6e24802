#!/bin/bash
# Many processes on two nodes make, fill and remove the same directories at once: each is made once, none is lost.
# Statements: 19, 222, 228.
LIMIT=${LIMIT:-150}
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/two.sh"

# Of what is under way in an election nobody knows whether it was done: none because the machine is slow.
start_two -o timeout=30 -e election-timeout=5000 -e heartbeat-interval=500
export RUN TOP

# mkdir -p by many, each the same deep path: nobody fails. mkdir without -p: one wins each.
# shellcheck disable=SC2016
race='for i in {1..10}; do mkdir -p deep/a/b/c/d && echo $1 >deep/a/b/c/d/$1-$i &
	for name in {1..5}; do mkdir one-$name 2>/dev/null && echo $1-$i >>"$DIR/won-$name-$1" & done
done; wait'
in_mount "$race" a &
first=$!
in_b "$race" b || die "node B"
wait "$first" || die "node A"
equal "files, one of each" 20 "$(in_mount 'ls deep/a/b/c/d | wc -l')"
equal "on B" 20 "$(in_b 'ls deep/a/b/c/d | wc -l')"
for name in {1..5}; do
	equal "winners of one-$name" 1 "$(cat "$DIR/won-$name"-* | wc -l)"
done

# A file that becomes a directory while it is unlinked: whoever was later in etcd's order has seen the
# other, so what is unlinked was a file then.
in_mount 'python3 -B -' <<'PYTHON'
import errno
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.environ["TOP"] + "/tests/lib")
from kv import KV

kv, other = KV(os.environ["RUN"]), KV(os.environ["RUN"])
early, refused = 0, 0


def revision(answer):
    return int(answer["header"]["revision"])


def put_below(result):
    time.sleep(random.random() * 0.004)
    result.append(revision(other.put("u/x", "1")))


for i in range(200):
    kv.put("u", "value")
    os.stat("u")
    put = []
    thread = threading.Thread(target=put_below, args=(put,))
    thread.start()
    time.sleep(random.random() * 0.002)
    try:
        os.unlink("u")
        unlinked = True
    except OSError as error:
        assert error.errno == errno.EISDIR, error
        unlinked = False
    thread.join()
    last = revision(kv.call("range", {"key": "AA=="}))
    assert not unlinked or put[0] == last, f"round {i}: a directory was unlinked"
    assert unlinked or kv.delete("u")["deleted"] == "1", f"round {i}: it was refused, and done"
    early, refused = early + unlinked, refused + (not unlinked)
    kv.delete("u/x")
    os.listdir(".")
print(f"a file still {early}, a directory {refused}")
PYTHON

# Who fills a directory and who removes it: it is gone, or what was written is there.
in_mount 'python3 -B -' <<'PYTHON'
import errno
import os
import threading

here, there = os.environ["MNT"], os.environ["MNT_B"]
gone = (errno.ENOENT, errno.ESTALE)
wrote, removed = 0, 0


def fill(path, result):
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        result.append(True)
    except OSError as error:
        assert error.errno in gone, error
        result.append(False)


for i in range(150):
    name = f"/fill-{i}"
    os.mkdir(here + name)
    filled = []
    other = threading.Thread(target=fill, args=(there + name + "/x", filled))
    other.start()
    try:
        os.rmdir(here + name)
        empty = True
    except OSError as error:
        assert error.errno == errno.ENOTEMPTY, error
        empty = False
    other.join()
    assert filled[0] != empty, f"round {i}: written {filled[0]}, removed {empty}"
    assert os.path.exists(here + name + "/x") == filled[0], f"round {i}"
    wrote, removed = wrote + filled[0], removed + empty
print(f"written {wrote}, removed {removed}")
PYTHON
