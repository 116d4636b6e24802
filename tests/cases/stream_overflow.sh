#!/bin/bash
# A reader that is too slow is told from which revision to go on, and loses nothing there.
# Statements: 55.
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
