#!/bin/bash
# An open file keeps the value it was opened with, until it is read from the start again.
# Statements: 3-5.
. "$(dirname "$0")/../lib/case.sh"

start_mount

in_mount 'printf "%s" "the old value" >key'
in_mount 'python3 -' <<'PYTHON'
import os, subprocess

def put(value):
    with open("key", "wb") as file:
        file.write(value)

fd = os.open("key", os.O_RDONLY)
assert os.pread(fd, 4, 0) == b"the ", "the beginning"
put(b"something new and longer")
assert os.pread(fd, 100, 4) == b"old value", "the rest is of the same value"
assert os.pread(fd, 100, 13) == b"", "and ends where that value ended"
assert os.pread(fd, 100, 0) == b"something new and longer", "from the start: the new value"
put(b"x")
assert os.pread(fd, 100, 10) == b"new and longer", "still that one"
os.lseek(fd, 0, os.SEEK_SET)
assert os.read(fd, 100) == b"x", "and again from the start"
os.close(fd)

# Two descriptors in one process, each with its own.
put(b"first")
one = os.open("key", os.O_RDONLY)
assert os.pread(one, 1, 0) == b"f"
put(b"second")
two = os.open("key", os.O_RDONLY)
assert os.pread(two, 10, 0) == b"second"
assert os.pread(one, 10, 1) == b"irst", "one opener's bytes are not another's"
os.close(one)
os.close(two)

# One's own writes are in one's own reads before they are published.
fd = os.open("key", os.O_RDWR)
os.pwrite(fd, b"SEC", 0)
assert os.pread(fd, 10, 0) == b"SECond"
with open("key", "rb") as other:
    assert other.read() == b"SECond", "on another descriptor too (and in no other process: own_writes)"
os.fsync(fd)
with open("key", "rb") as other:
    assert other.read() == b"SECond"
os.close(fd)

# Removed while it is open: the reader ends its reading.
fd = os.open("key", os.O_RDONLY)
assert os.pread(fd, 3, 0) == b"SEC"
os.unlink("key")
assert os.pread(fd, 10, 3) == b"ond", "what was opened is read to its end"
os.close(fd)
PYTHON
