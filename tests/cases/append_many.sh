#!/bin/bash
# Many writers append to one file at once: each append lands, and no writer has to try for long.
# Statements: 15, 16, 258.
. "$(dirname "$0")/../lib/case.sh"
. "$(dirname "$0")/../lib/metrics.sh"
. "$TOP/tests/lib/second.sh"

start_mount

# Shells do not say what a close has said: so each line is looked for.
in_mount 'for i in {1..400}; do echo $i >>log & done; wait'
equal "400 lines" "$(seq 400)" "$(in_mount 'sort -n log')"

# 1,000 at once, processes or threads of one: each line is there once, and each of them knows it. Threads
# are asked about more often: whose unpublished writes are those of the process that opens the file?
cat >"$DIR/thousand.py" <<'PYTHON'
import os
import sys
import threading

kind, N, LINES = sys.argv[1], 1000, int(sys.argv[2])
waits, go = os.pipe()


def append(i):
    os.read(waits, 1)  # ends when nobody has the other end
    try:
        for line in range(LINES):
            fd = os.open(kind, os.O_WRONLY | os.O_APPEND)
            os.write(fd, f"{i * LINES + line}\n".encode())
            os.close(fd)
        return 0
    except OSError as error:
        return error.errno


def process(i):
    pid = os.fork()
    if pid == 0:
        os.close(go)
        os._exit(append(i))
    return lambda: os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def thread(i):
    ended = []
    started = threading.Thread(target=lambda: ended.append(append(i)))
    started.start()
    return lambda: started.join() or ended[0]


ends = [{"processes": process, "threads": thread}[kind](i) for i in range(N)]
os.close(go)
failed = [error for error in (end() for end in ends) if error]
assert not failed, (len(failed), failed[:3])
PYTHON
# thousand KIND LINES: so many lines of each.
thousand() {
	in_mount ': >"$1"' "$1"
	check "1,000 $1" in_mount 'python3 "$DIR/thousand.py" "$@"' "$@"
	equal "lines of 1,000 $1" "$(seq 0 $((1000 * $2 - 1)))" "$(in_mount 'sort -n "$1"' "$1")"
}
thousand processes 1
thousand threads 4

# What is closed while another is being published is published together after it, however much that is:
# etcd stands until all wait in close. A read of .etcd is answered after all that came before it.
cat >"$DIR/together.py" <<'PYTHON'
import glob
import os
import signal
import sys
import threading
import time

sys.path.insert(0, sys.argv[1])
from freeze import freeze

N, etcd = 300, int(sys.argv[2])


def waiting():
    count = 0
    for name in glob.glob("/proc/self/task/*/wchan"):
        with open(name) as file:
            count += file.read().startswith(("request_wait_answer", "fuse"))
    return count


fds = [os.open("together", os.O_WRONLY | os.O_APPEND) for _ in range(N)]
for i, fd in enumerate(fds):
    os.write(fd, f"{i}\n".encode())
freeze(etcd)
threads = [threading.Thread(target=os.close, args=(fd,)) for fd in fds]
for thread in threads:
    thread.start()
while waiting() < N:
    time.sleep(0.01)
with open(".etcd/metrics") as file:
    file.read()
os.kill(etcd, signal.SIGCONT)
for thread in threads:
    thread.join()
PYTHON
start_second -o timeout=50
in_mount ': >together'
before=$(MNT=$MNT_B metric transactions_total)
check "300 at once" in_second 'python3 "$DIR/together.py" "$@"' "$TOP/tests/lib" "$(etcd_pid)"
made=$(($(MNT=$MNT_B metric transactions_total) - before))
equal "lines of 300 at once" "$(seq 0 299)" "$(in_mount 'sort -n together')"
check "the first, and then all others: $made" [ "$made" -le 2 ]
end_second

# A large value, and all of it again for each: 100 lines at the end of 210 kB.
head -c 210000 /dev/zero | tr '\0' x >"$DIR/large"
in_mount 'cp "$DIR/large" large; for i in {1..100}; do echo $i >>large & done; wait'
equal "100 lines" "$(seq 100)" "$(in_mount 'tail -c +210001 large | sort -n')"
check "what was there" in_mount 'head -c 210000 large | cmp - "$DIR/large"'

# Writers of all kinds. Each writes its own place, or a line, through a descriptor of its own, all of which
# are closed at once; what an O_TRUNC has begun is whole, and whatever came after it is there.
check "every kind" in_mount 'python3 -' <<'PYTHON'
import os, threading

N = 200
fd = os.open("mixed", os.O_CREAT | os.O_WRONLY)
os.write(fd, b"." * N)
os.close(fd)
errors, ready = [], threading.Barrier(3 * N)

def write(i, kind):
    try:
        flags = {"place": 0, "append": os.O_APPEND, "sync": os.O_APPEND | os.O_SYNC}[kind]
        fd = os.open("mixed", os.O_WRONLY | flags)
        ready.wait()
        if kind == "place":
            os.pwrite(fd, b"x", i)
        else:
            os.write(fd, f"{kind} {i}\n".encode())
        os.close(fd)
    except OSError as error:
        errors.append((kind, i, error))

threads = [threading.Thread(target=write, args=(i, kind))
           for i in range(N) for kind in ("place", "append", "sync")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not errors, (len(errors), errors[:3])
with open("mixed") as file:
    text = file.read()
assert text.startswith("x" * N), text[:N]
lines = text[N:].split("\n")
assert sorted(lines) == sorted([f"{kind} {i}" for i in range(N) for kind in ("append", "sync")] + [""])
PYTHON

# Whoever truncates is in the midst of it, and has its revision.
in_mount 'echo >both; for i in {1..100}; do echo $i >>both & echo whole-$i >both & done; wait'
check "after the last O_TRUNC" in_mount '! tail -n +2 both | grep -vxE "[0-9]+"'
check "an O_TRUNC" in_mount 'head -n 1 both | grep -qx "whole-[0-9]*"'

# Conditional writes: one of them all.
in_mount 'echo 0 >number'
in_mount 'for i in {1..100}; do
	setfattr -n "user.etcd.expect.$1" -v $i number 2>>"$DIR/refused" && echo $i >>"$DIR/won" & done; wait' \
	"$(in_mount 'getfattr --only-values -n user.etcd.mod_revision number')"
equal "one has won" "$(cat "$DIR/won")" "$(in_mount 'cat number')"
equal "the others" 99 "$(grep -ci canceled "$DIR/refused")"
