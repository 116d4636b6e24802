#!/bin/bash
# A process reads what it has written and not published, on any descriptor; no other process does.
# Statements: 2, 3, 5, 233.
. "$(dirname "$0")/../lib/case.sh"

start_mount

cat >"$DIR/writes.py" <<'PYTHON'
import os
from own import *

with open("key", "w") as file:
    file.write("old\n")
reader = os.open("key", os.O_RDONLY)
equal("before", b"old\n", os.pread(reader, 9, 0))

# A write in the middle, by a descriptor that does not truncate.
writer = os.open("key", os.O_RDWR)
os.pwrite(writer, b"OL", 0)
equal("the writer", b"OLd\n", os.pread(writer, 9, 0))
equal("another descriptor", "OLd\n", read())
equal("in another thread", "OLd\n", in_thread(read))
equal("written by another thread", 1, in_thread(lambda: os.pwrite(writer, b"D", 2)))
equal("its bytes", "OLD\n", read())
equal("an earlier one, within its snapshot", b"d\n", os.pread(reader, 9, 2))
equal("an earlier one, from the start", b"OLD\n", os.pread(reader, 9, 0))
equal("another process", "old\n", others())
equal("the size", 4, os.stat("key").st_size)

# A second one that writes: both are there for us, each is published by its own close.
second = os.open("key", os.O_RDWR | os.O_APPEND)
os.write(second, b"end\n")
equal("both", "OLD\nend\n", read())
os.close(second)
equal("another process, of the second", "old\nend\n", others())
equal("both still", "OLD\nend\n", read())
os.close(writer)
equal("another process, of both", "OLD\nend\n", others())

# O_TRUNC, and a reader that follows.
with open("key", "w") as file:
    equal("truncated", "", read())
    equal("another process, truncated", "OLD\nend\n", others())
    file.write("1\n")
    file.flush()
    follower = os.open("key", os.O_RDONLY)
    equal("the follower", b"1\n", os.read(follower, 9))
    file.write("2\n")
    file.flush()
    equal("the follower, of what came", b"2\n", os.read(follower, 9))
    equal("another process, written", "OLD\nend\n", others())
equal("another process, published", "1\n2\n", others())

# The size is that of what is left to publish, and not of what has been published meanwhile.
with open("sized", "w") as file:
    file.write("1234567")
    file.flush()
    os.truncate("sized", 3)
    equal("the size, after another was published", 7, os.stat("sized").st_size)

# A child has what it inherits, and no more.
with open("new", "w") as file:
    file.write("x")
    file.flush()
    child = os.fork()
    if child == 0:
        os._exit(0 if read("new") == "" else 1)
    equal("the child", 0, os.waitpid(child, 0)[1])
PYTHON
PYTHONPATH=$TOP/tests/lib in_mount 'python3 -B "$DIR/writes.py"'
equal "what etcd has" "1 2" "$(value_of key | paste -sd ' ')"
