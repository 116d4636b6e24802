#!/bin/bash
# Two writers of one value: the value has the changes of both, whoever closes first.
# Statements: 13-16.
. "$(dirname "$0")/../lib/case.sh"

export ENDPOINT="unix://$RUN/client:0"
start_mount

in_mount 'printf "aaaa----bbbb" >key'
in_mount 'python3 -' <<'PYTHON'
import errno, os, subprocess

# Started before anything is opened: what forks with a file open flushes it when it closes its copy.
other = subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

def etcdctl(words):
    other.stdin.write(f"timeout 20 etcdctl --endpoints='{os.environ['ENDPOINT']}' {words}\n")
    other.stdin.flush()
    return other.stdout.readline()

one = os.open("key", os.O_RDWR)
two = os.open("key", os.O_RDWR)
os.pwrite(one, b"1111", 0)
os.pwrite(two, b"2222", 8)
os.close(one)
os.close(two)
with open("key", "rb") as file:
    assert file.read() == b"1111----2222", "both writes, in either order of closing"

# The same against a writer that is no mount at all.
fd = os.open("key", os.O_RDWR)
os.pwrite(fd, b"mine", 4)
assert etcdctl("put key 000000000000") == "OK\n"
os.close(fd)
with open("key", "rb") as file:
    assert file.read() == b"0000mine0000", "replayed on what came between"

# With O_TRUNC the last one to close wins, whole.
one = os.open("key", os.O_WRONLY | os.O_TRUNC)
two = os.open("key", os.O_WRONLY | os.O_TRUNC)
os.write(one, b"one was longer")
os.write(two, b"two")
os.close(two)
os.close(one)
with open("key", "rb") as file:
    assert file.read() == b"one was longer"

# Appends are added to what is there by then.
one = os.open("key", os.O_WRONLY | os.O_APPEND)
two = os.open("key", os.O_WRONLY | os.O_APPEND)
os.write(one, b" 1")
os.write(two, b" 2")
os.close(two)
os.close(one)
with open("key", "rb") as file:
    assert file.read() == b"one was longer 2 1", "each append lands, at the end that is there"

# Removed elsewhere while it is open for writing: the close says so, and does not bring it back.
fd = os.open("key", os.O_RDWR)
os.pwrite(fd, b"x", 0)
assert etcdctl("del key") == "1\n"
try:
    os.close(fd)
except OSError as error:
    assert error.errno == errno.ESTALE, error
else:
    raise SystemExit("the close said nothing")
assert not os.path.exists("key"), "brought back"
PYTHON
in_mount 'for i in {1..50}; do echo $i >>log & done; wait'
equal "50 appends at once" 50 "$(in_mount 'sort -u log | wc -l')"
