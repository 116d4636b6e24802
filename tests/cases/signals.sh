#!/bin/bash
# A signal that a program handles makes no call fail; while etcd is away it frees the caller after a second.
# Statements: 32.
. "$(dirname "$0")/../lib/case.sh"

ROUNDS=100
allow_log "etcd"
start_mount -o timeout=200 # longer than anything here may take

# The C library's calls: Python's own begin again by themselves when they are interrupted.
cat >"$DIR/calls.py" <<'PYTHON'
import ctypes
import errno
import os
import signal
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
stat_buffer = ctypes.create_string_buffer(512)
data = ctypes.create_string_buffer(4096)
AGAIN = 1.0  # seconds after the signal


class Interrupted(Exception):
    """By the operation's own word, after the time that it has."""


def call(name, *arguments):
    began = time.monotonic()
    result = getattr(libc, name)(*arguments)
    if result >= 0:
        return result
    error = ctypes.get_errno()
    took = time.monotonic() - began
    if error == errno.EINTR and took >= AGAIN:
        raise Interrupted(f"{name}: after {took:.2f} s")
    signal.setitimer(signal.ITIMER_REAL, 0)
    raise SystemExit(f"{name}{arguments}: {os.strerror(error)} after {took:.3f} s")


def on_each_signal(*_):
    global signals
    signals += 1


def handle(number):
    signal.signal(number, on_each_signal)
    signal.siginterrupt(number, False)  # SA_RESTART


signals = 0


def round_of(i):
    directory, name, other = (f"{word}{i}".encode() for word in ("dir", "file", "other"))
    call("mkdir", directory, 0o755)
    call("stat", directory, stat_buffer)
    fd = call("open", name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o644)
    call("write", fd, b"text", 4)
    call("fsync", fd)
    call("pread", fd, data, 4096, 0)
    call("ftruncate", fd, 2)
    call("close", fd)
    call("truncate", name, 1)
    call("getxattr", name, b"user.etcd.version", data, 4096)
    call("access", name, os.R_OK)
    fd = call("open", name, os.O_WRONLY | os.O_APPEND | os.O_SYNC)
    call("write", fd, b"more", 4)
    call("close", fd)
    call("rename", name, other)
    call("unlink", other)
    call("rmdir", directory)
PYTHON

check "calls under a timer" in_mount 'python3 - "$@"' "$ROUNDS" <<'PYTHON'
import os, sys
exec(open(os.environ["DIR"] + "/calls.py").read())
handle(signal.SIGALRM)
signal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)
slow = 0
for i in range(int(sys.argv[1])):
    try:
        round_of(i)
    except Interrupted as word:  # a machine that is slow, and not that call's fault
        print(word)
        slow += 1
signal.setitimer(signal.ITIMER_REAL, 0)
assert signals > 10, signals
assert slow <= int(sys.argv[1]) / 10, slow
PYTHON

# etcd is away. Who handles the signal is interrupted, not at once; whom it kills is gone.
in_mount 'mkdir d; echo v >d/k'
etcd=$(etcd_pid)
freeze "$etcd"
freed() {
	(cd / && limit python3 - "$@") <<'PYTHON'
import os, sys, threading
exec(open(os.environ["DIR"] + "/calls.py").read())
handle(signal.SIGALRM)
name, *arguments = [eval(word) for word in sys.argv[1:]]
signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)  # the first may come before the call
try:
    call(name, *arguments)
except Interrupted:
    signal.setitimer(signal.ITIMER_REAL, 0)
    sys.exit()
sys.exit(f"{name}: has succeeded without etcd")
PYTHON
}
check "mkdir" freed '"mkdir"' "b'$MNT/new'" 0o755 &
check "stat" freed '"stat"' "b'$MNT/d/k'" stat_buffer &
check "open" freed '"open"' "b'$MNT/d/k'" os.O_RDONLY &
check "unlink" freed '"unlink"' "b'$MNT/d/k'" &
for pid in $(jobs -p); do
	[ "$pid" = "$WATCHDOG_PID" ] || [ "$pid" = "$PID" ] || check "a call that is interrupted" wait "$pid"
done

in_wait() { grep -q -E 'wait_answer|fuse' "/proc/$1/wchan" "/proc/$1/stack" 2>/dev/null; }
for signal in INT TERM KILL; do
	(cd / && exec env --default-signal=INT timeout --foreground 150 mkdir "$MNT/by-$signal") &
	timeout_pid=$!
	wait_until "mkdir" eval 'caller=$(child_named $timeout_pid mkdir) && [ -n "$caller" ]'
	wait_until "mkdir to wait" in_wait "$caller"
	kill -"$signal" "$caller"
	wait_until "the end of mkdir by $signal" is_gone "$caller" # 60 s, where the mount has 200
	status=0
	wait "$timeout_pid" || status=$?
	equal "the end by $signal" $((128 + $(kill -l $signal))) "$status"
done
kill -CONT "$etcd"
wait_until "etcd" in_mount 'echo again >d/again'
