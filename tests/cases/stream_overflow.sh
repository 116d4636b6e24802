#!/bin/bash
# A reader that is too slow is told from which revision to go on, and there loses nothing.
# Statements: 55, 290.
. "$(dirname "$0")/../lib/case.sh"

start_mount
in_mount 'mkdir d'
check "a slow reader" in_mount 'python3 -c "$1"' 'import json, os, time

def put(n):
    for i in range(n):
        with open(f"d/k{i % 7}", "w") as file:
            file.write(f"{i}" + "x" * 40000)

def lines(name, count=None):
    with open(name) as stream:
        for line in stream:
            yield json.loads(line)

watch = open("d/.etcd/watch")
other = open("other", "w")
put(250)
events = [json.loads(line) for line in watch]
end = events.pop()
assert end["type"] == "overflow" and len(end) == 2, end
size = sum(len(json.dumps(event)) for event in events)
assert 3 << 20 < size < 5 << 20, size
revisions = [event["revision"] for event in events]
assert max(revisions) < end["revision"]
assert watch.read() == ""

# What follows is read slowly as well; the history waits for its reader.
with open("d/END", "w") as file:
    file.write("x")
stream = open("d/.etcd/since/%d" % end["revision"])
for line in stream:
    event = json.loads(line)
    assert event["type"] == "put", event
    revisions.append(event["revision"])
    if len(revisions) % 20 == 0:
        time.sleep(0.02)
    if event["key"] == "d/END" and event["value"]:
        break
first = revisions[0]
assert revisions == list(range(first, first + len(revisions))), revisions
assert len(revisions) > 250'

# Many that do not read hold no more together than a few: those that are behind are told, and go on. Each
# of these has less than 4 MiB, all together more than 64 MiB.
cat >"$DIR/many.py" <<'EOF'
import errno, json, os

N, PUTS = 32, 40

os.mkdir("m")
watches = [open("m/.etcd/watch", "rb") for _ in range(N)]
for i in range(PUTS):
    with open(f"m/k{i % 7}", "w") as file:
        file.write(f"{i}" + "x" * 60000)
seen = 0
for watch in watches:
    events = []
    while len(events) < PUTS * 2:
        event = json.loads(watch.readline())
        if event["type"] == "overflow":
            assert watch.read() == b""
            watch = open("m/.etcd/since/%d" % event["revision"], "rb")
            seen += 1
        elif len(event.get("value", "")) > 1000:
            events.append(event["revision"])
            if event["value"].startswith(f"{PUTS - 1}x"):
                break
    assert len(set(events)) == PUTS, (len(events), len(set(events)))
    watch.close()
assert 0 < seen <= N, seen

# And no more than 256 are open.
for watch in watches:
    watch.close()
watches = []
try:
    while len(watches) < 300:
        watches.append(open("m/.etcd/watch"))
except OSError as error:
    assert error.errno == errno.ENFILE, error
assert len(watches) == 256, len(watches)
watches.pop().close()
watches.append(open("m/.etcd/since/0"))
assert watches[-1].readline()
with open("m/end", "w") as file:
    file.write("x")
assert watches[0].readline()
EOF
check "many streams" in_mount 'ulimit -n 1024; python3 -B "$DIR/many.py"'
