#!/bin/bash
# A read of a stream waits, for longer than the mount's timeout; a signal, the mount's end or a new line ends it.
# Statements: 52, 58.
. "$(dirname "$0")/../lib/case.sh"

start_mount
in_mount 'mkdir d'

# in_read PID: it has opened its stream, and waits for an answer of the filesystem.
in_read() {
	[[ $(ls -l "/proc/$1/fd") == */.etcd/watch* ]] &&
		{ grep -q wait_answer "/proc/$1/wchan" || grep -q fuse "/proc/$1/stack"; }
}

for signal in INT TERM KILL; do
	(cd / && exec env --default-signal=INT timeout --foreground 30 cat "$MNT/d/.etcd/watch") &
	timeout_pid=$!
	wait_until "a reader" eval 'reader=$(child_named $timeout_pid cat) && [ -n "$reader" ]'
	wait_until "the reader to wait" in_read "$reader"
	kill -"$signal" "$reader"
	status=0
	wait "$timeout_pid" || status=$?
	equal "a reader's end by $signal" $((128 + $(kill -l $signal))) "$status"
done

check "waiting, and the ways not to" in_mount 'python3 -c "$1"' 'import json, os, select, signal, threading, time

stream = os.open("d/.etcd/watch", os.O_RDONLY | os.O_NONBLOCK)
try:
    os.read(stream, 4096)
    raise SystemExit("read from nothing")
except BlockingIOError:
    pass

def put():
    with open("d/k", "w") as file:
        file.write("x")

TIMEOUT = 5  # of the mount

def later(seconds):
    threading.Timer(seconds, put).start()

def drain():
    lines = b""
    while b"\"value\":\"x\"" not in lines:
        select.select([stream], [], [])
        lines += os.read(stream, 1 << 20)

# poll, select and epoll: nothing, then woken, then nothing again.
poll = select.poll()
poll.register(stream, select.POLLIN)
epoll = select.epoll()
epoll.register(stream, select.EPOLLIN)
edge = select.epoll()
edge.register(stream, select.EPOLLIN | select.EPOLLET)
waits = {
    "poll": lambda ms: poll.poll(ms),
    "select": lambda ms: select.select([stream], [], [], ms / 1000)[0],
    "epoll": lambda ms: epoll.poll(ms / 1000),
    "epoll, edge": lambda ms: edge.poll(ms / 1000),
}
put()
drain()
for name, wait in waits.items():
    while name == "epoll, edge" and wait(0):  # an edge of before
        pass
    assert not wait(0), name
    seconds = TIMEOUT + 1 if name == "poll" else 1.5
    start = time.monotonic()
    later(seconds)
    assert wait(30000), name
    assert time.monotonic() - start > seconds - 0.1, name
    drain()

# Waiting readers of one descriptor share its lines, and none waits for another.
shared = os.open("d/.etcd/watch", os.O_RDONLY)
got = []
def read():
    got.append(os.read(shared, 4096))
readers = [threading.Thread(target=read) for _ in range(4)]
for reader in readers:
    reader.start()
for i in range(4):
    while len(got) < i:
        time.sleep(0.001)
    with open("d/k", "r+") as file:
        file.write(str(i))
for reader in readers:
    reader.join(20)
revisions = [json.loads(line)["revision"] for line in got]
assert revisions == list(range(revisions[0], revisions[0] + 4)), got
os.set_blocking(shared, False)
try:
    os.read(shared, 1)
    raise SystemExit("more than was written")
except BlockingIOError:
    pass

# A signal ends the read; a handler that returns lets it go on.
def handler(*_):
    raise InterruptedError
signal.signal(signal.SIGALRM, handler)
blocking = os.open("d/.etcd/watch", os.O_RDONLY)
try:
    signal.setitimer(signal.ITIMER_REAL, 1)  # a slow machine may be here still
    os.read(blocking, 4096)
    raise SystemExit("read from nothing")
except InterruptedError:
    pass
later(TIMEOUT + 1)
assert b"\"d/k\"" in os.read(blocking, 4096)

# What is no stream is always ready.
for name in "d/k", ".role":
    with open(name) as file:
        assert select.select([file], [file], [], 0)[0], name'

# Many streams that wait hold up nobody.
check "a hundred streams" in_mount 'python3 -c "$1"' 'import threading
files = [open("d/.etcd/watch") for _ in range(100)]
readers = [threading.Thread(target=file.readline) for file in files]
for reader in readers:
    reader.start()
with open("d/k", "w") as file:
    file.write("x")
for reader in readers:
    reader.join(20)
    assert not reader.is_alive()'

# The end of the mount is the end of the file.
(cd / && exec timeout 30 cat "$MNT/.etcd/watch" >"$DIR/out") &
timeout_pid=$!
wait_until "a reader" eval 'reader=$(child_named $timeout_pid cat) && [ -n "$reader" ]'
wait_until "the reader to wait" in_read "$reader"
exec 7<"$MNT/d/.etcd/watch"
stop_mount TERM # held up by them, the filesystem would be killed after 10 s, which is logged
check "the reader's end" wait "$timeout_pid"
equal "its output" "" "$(cat "$DIR/out")"
exec 7<&-
