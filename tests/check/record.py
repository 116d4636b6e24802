"""What processes did and what they were told: the format of a recording.

A recording is a file of JSON lines, in any order. `time` is the monotonic clock of one machine, in
nanoseconds. A process has one call at a time; what has no return is a call whose end nobody knows.

  {"time": 17, "process": 3, "mount": 1, "call": "write", "key": "d/a", "value": "x"}
  {"time": 19, "process": 3, "return": "done"}

`key` is the path from the mount's root; values are texts, with a character for each byte. A call is

  write     value    the whole file, which is made if it is not there
  create             O_EXCL; the file is empty then
  append    value    a line, with its end; an append file is only appended to and read
  cas       from, value    (of a register; there is none on a mount)
  unlink
  rename    to
  read               returns value, or null where there is no such file
  list               returns value, the names in a directory that has only files, sorted
  lock      mode     exclusive or shared; returns revision and lock, the lock's key in etcd, which
                     are the attributes user.etcd.lock_revision and user.etcd.lock_key
  unlock             until then what this process writes to the file is fenced by its lock
  since     revision, watch    opens the stream of a directory; then come its lines
  events             watches a directory on a mount where no process changes it; then come events

Every text that is written or appended is written once in a recording. A return is `done`, `refused`
(with the errno; the call has had no effect) or `unknown` (it may have an effect, now or later). It
may have the `revision` that the key was given, or was read at.

  {"time": 20, "process": 9, "line": {"revision": 12, "type": "put", "key": "d/a", ...}}
  {"time": 21, "process": 8, "event": "create", "key": "d/a"}     modify, close_write, delete
  {"time": 30, "process": 9, "through": 40}   all lines or events up to this revision have come
  {"time": 25, "fault": "etcd of 1 is killed"}

The whole history of etcd, and the last revision, up to which it is complete. With etcdfs' own keys,
which no stream shows, locks are judged as well:

  {"change": "put", "revision": 12, "key": "d/a", "value": "x"}
  {"change": "delete", "revision": 13, "key": "d/a"}
  {"history": 40}
"""
import json
import os
import time

FOREVER = float("inf")
MAKING = {"write", "create", "append", "cas", "unlink", "rename"}
OBSERVING = {"read", "list"}
CALLS = MAKING | OBSERVING | {"lock", "unlock", "since", "watch", "events"}
UNIQUE = {"write", "append", "cas"}  # what they put is nobody else's


class Malformed(Exception):
    """The recording itself is wrong, so nothing can be said of what it records."""


class Operation:
    """A call and its return."""
    __slots__ = ("name", "process", "mount", "key", "value", "other", "call", "end", "outcome",
                 "errno", "result", "revision", "lock")

    def __init__(self, line):
        self.name, self.process, self.mount = line["call"], line["process"], line.get("mount")
        self.key, self.value = line["key"], line.get("value")
        self.other = line.get("to", line.get("from", line.get("mode")))
        self.call, self.end, self.outcome = line["time"], FOREVER, "unknown"
        self.errno = self.result = self.lock = None
        self.revision = line.get("revision")

    def returns(self, line):
        self.outcome = line["return"]
        if self.outcome != "unknown":
            self.end = line["time"]
        self.errno, self.result, self.lock = line.get("errno"), line.get("value"), line.get("lock")
        self.revision = line.get("revision", self.revision)

    @property
    def observes(self):
        return self.name in OBSERVING or self.outcome == "refused"

    def __str__(self):
        words = [f"process {self.process}"]
        words += [f"on mount {self.mount}"] if self.mount is not None else []
        words += [self.name, repr(self.key)]
        words += [shown(one) for one in (self.other, self.value) if one is not None]
        told = [self.outcome if self.errno is None else self.errno]
        told += [shown(self.result)] if self.observes and self.outcome == "done" else []
        told += [f"revision {self.revision}"] if self.revision is not None else []
        end = "-" if self.end == FOREVER else self.end
        return f"{' '.join(words)}: {' '.join(told)} ({self.call} to {end})"


def shown(value):
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:40]} ... {text[-16:]}"


class Recording:
    """All of it, sorted by what it is."""

    def __init__(self, lines):
        self.operations, self.changes, self.faults = [], [], []
        self.told = {}     # process: (time, line) of its stream, or of its events
        self.through = {}  # process: the revision up to which it was told all
        self.complete = None
        running = {}
        timed = []
        for line in lines:
            if "change" in line:
                self.changes.append(line)
            elif "history" in line:
                self.complete = line["history"]
            else:
                timed.append(line)
        timed.sort(key=lambda line: line["time"])
        for line in timed:
            self.take(line, running)
        self.changes.sort(key=lambda change: change["revision"])

    def take(self, line, running):
        process = line.get("process")
        if "call" in line:
            if process in running or line["call"] not in CALLS:
                raise Malformed(f"no call of this process can be here: {line}")
            running[process] = Operation(line)
            self.operations.append(running[process])
        elif "return" in line:
            if process not in running:
                raise Malformed(f"the return of no call: {line}")
            running.pop(process).returns(line)
        elif "fault" in line:
            self.faults.append(line)
        elif "through" in line:
            self.through[process] = line["through"]
        elif "line" in line or "event" in line:
            self.told.setdefault(process, []).append((line["time"], line))
        else:
            raise Malformed(f"no such line: {line}")


def load(path):
    with open(path, encoding="utf-8") as lines:
        return Recording(json.loads(line) for line in lines)


class Recorder:
    """Writes lines to a file that many processes append to."""

    def __init__(self, path, process, mount=None):
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        self.process, self.mount = process, mount

    def write(self, **line):
        os.write(self.file, (json.dumps(line) + "\n").encode())

    def told(self, **line):
        self.write(time=time.monotonic_ns(), process=self.process, **line)

    def call(self, name, key, **arguments):
        self.told(mount=self.mount, call=name, key=key, **arguments)

    def done(self, **result):
        self.told(**{"return": "done"}, **result)

    def refused(self, errno):
        self.told(**{"return": "refused"}, errno=errno)

    def unknown(self, errno):
        self.told(**{"return": "unknown"}, errno=errno)
