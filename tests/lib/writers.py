"""Writers that record how each operation ended, and the judge of what is there in the end.

    writers.py run STATE COUNT SEED MOUNT...
        COUNT writers, in turn on the mounts, until there is STATE/stop
    writers.py healed STATE MARK LIMIT [WRITER...]
        waits for a done write of each (of these) that began after MARK (time.time()); prints how
        long after it that was
    writers.py judge STATE LONGEST RUN MOUNT...
        what etcd (its socket is in RUN) and each mount have is what was done, and no system call
        took longer than LONGEST

STATE is a directory outside of the mounts. A writer has keys of its own, which nobody else touches,
and appends to one key that all share. Each operation has one of four endings, as in
docs/semantics.md: done, refused, unknown, lost (341: its file was open when the process died).
An unknown one may also happen later, so its keys are not used again: in the end each has its value
from before, or that from after. A lost one leaves nothing but perhaps the empty file of its open.
"""
import base64
import errno
import glob
import json
import os
import random
import sys
import time

import kv

KEYS = 6
SHARED = "shared"
PAUSE = 0.05  # after an operation that failed
RECENT = 1 << 17  # bytes of a journal in which to look for what is new
# The first is etcd's; with the others the mount has died under the operation.
UNKNOWN = {errno.ETIMEDOUT, errno.ENOTCONN, errno.ECONNABORTED, errno.EINTR}


# --- The writers ---

def ending(number, stage):
    if number in UNKNOWN:
        return "unknown"
    # The filesystem process that had the file open has died. Nothing of the text is there.
    return "lost" if number == errno.ESTALE and stage in ("write", "close") else "refused"


class Beneath(Exception):
    """No mount of ours is there: what shows is the directory below, in which nothing is touched."""


def mount_of(directory):
    """The id of the mount that an open directory is on. Nobody is asked for it, as stat() would."""
    with open(f"/proc/self/fdinfo/{directory}", encoding="ascii") as info:
        return next(line.split()[1] for line in info if line.startswith("mnt_id"))


class Operation:
    """System calls, timed, on the way to an ending."""

    def __init__(self, directory):
        self.directory = directory  # names are meant in it, whatever is mounted there by then
        self.longest = 0
        self.stage = ""

    def call(self, stage, function, *args):
        self.stage = stage
        begin = time.monotonic()
        try:
            return function(*args)
        finally:
            self.longest = max(self.longest, time.monotonic() - begin)

    def open(self, name, flags):
        return os.open(name, flags, 0o666, dir_fd=self.directory)

    def rename(self, name, to):
        os.rename(name, to, src_dir_fd=self.directory, dst_dir_fd=self.directory)

    def unlink(self, name):
        os.unlink(name, dir_fd=self.directory)

    def write(self, name, flags, text, sync):
        file = self.call("open", self.open, name, os.O_WRONLY | flags)
        try:
            self.call("write", os.write, file, text.encode())
        except BaseException:
            self.close_anyhow(file)
            raise
        synced = sync and self.sync(file)
        try:
            self.call("close", os.close, file)
        except OSError:
            if not synced:
                raise

    def close_anyhow(self, file):
        try:
            self.call(self.stage, os.close, file)
        except OSError:
            pass

    def sync(self, file):
        """What fsync refuses, close tries again; what fsync does not know stays not known."""
        try:
            self.call("close", os.fsync, file)
            return True
        except OSError as error:
            if error.errno in UNKNOWN:
                self.close_anyhow(file)
                raise
            return False


class Writer:
    def __init__(self, state, number, mount, seed):
        self.number = number
        self.mount = mount
        self.below = self.mount_at(os.path.dirname(mount))
        self.dice = random.Random(f"{seed} {number}")
        self.journal = os.open(f"{state}/journal.{number}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.model = Model()
        self.made = 0
        self.keys = []
        self.steps = 0

    @staticmethod
    def mount_at(path):
        directory = os.open(path, os.O_PATH | os.O_DIRECTORY)
        try:
            return mount_of(directory)
        finally:
            os.close(directory)

    def choose(self):
        """One that can succeed, as far as is known."""
        while len(self.keys) < KEYS:
            self.keys.append(f"w{self.number}-{self.made}")
            self.made += 1
        key, to = self.dice.sample(self.keys, 2)
        if self.model.value(key) is None:
            kind = self.dice.choice(["put", "create", "share"])
        else:
            kind = self.dice.choice(["put", "put", "append", "rename", "unlink", "share", "share"])
        return {"op": kind, "key": SHARED if kind == "share" else key, "to": to,
                "sync": self.dice.random() < 0.3, "text": f"{self.number} {self.steps}\n"}

    def perform(self, operation, what):
        name, text, sync = what["key"], what["text"], what["sync"]
        if what["op"] == "put":
            operation.write(name, os.O_CREAT | os.O_TRUNC, text, sync)
        elif what["op"] == "create":
            operation.write(name, os.O_CREAT | os.O_EXCL, text, sync)
        elif what["op"] == "append":
            operation.write(name, os.O_APPEND, text, sync)
        elif what["op"] == "share":
            operation.write(name, os.O_APPEND | os.O_CREAT, text, sync)
        elif what["op"] == "rename":
            operation.call("call", operation.rename, name, what["to"])
        else:
            operation.call("call", operation.unlink, name)

    def step(self):
        what = self.choose()
        directory = os.open(self.mount, os.O_PATH | os.O_DIRECTORY)
        operation = Operation(directory)
        what["begin"] = time.time()
        try:
            if mount_of(directory) == self.below:
                raise Beneath
            self.perform(operation, what)
            what["end"] = "done"
        except Beneath:
            what["end"] = "beneath"
        except OSError as error:
            what["errno"] = errno.errorcode[error.errno]
            what["end"] = ending(error.errno, operation.stage)
        os.close(directory)
        what["stage"] = operation.stage
        what["longest"] = round(operation.longest, 3)
        what["over"] = time.time()
        os.write(self.journal, (json.dumps(what) + "\n").encode())
        os.fsync(self.journal)
        self.model.add(what)
        self.keys = [key for key in self.keys if key not in self.model.unknown]
        self.steps += 1
        return what["end"] == "done"

    def run(self, stop):
        while not os.path.exists(stop):
            if not self.step():
                time.sleep(PAUSE)


def run(state, count, seed, *mounts):
    print(f"writers: seed {seed}", flush=True)
    children = []
    for number in range(int(count)):
        pid = os.fork()
        if pid == 0:
            Writer(state, number, mounts[number % len(mounts)], seed).run(state + "/stop")
            os._exit(0)
        children.append(pid)
    bad = [pid for pid in children if os.waitpid(pid, 0)[1] != 0]
    return "a writer failed" if bad else None


# --- The model ---

class Model:
    """What one writer's keys can have, after the operations that were added, in their order."""

    def __init__(self):
        self.known = {}    # key: value; no entry: it is not there
        self.unknown = {}  # key: the operation, as an index into outcomes
        self.outcomes = []  # each a list of {key: value or None}: one of them is true
        self.lines = []    # of the shared key: (text, ending)

    def value(self, key):
        return self.known.get(key)

    def add(self, what):
        key, end = what["key"], what["end"]
        if what["op"] == "share":
            self.lines.append((what["text"], end))
            return
        assert key not in self.unknown, key
        before, made, after = self.changes(what)
        if end == "done":
            self.apply(after)
        elif end == "unknown":
            # Before its close nothing of the text can be there.
            late = [after] if what["stage"] in ("close", "call") else []
            self.doubt([before, *made, *late])
        elif end == "lost":
            self.doubt([before, *made])
        elif end == "refused" and what["stage"] in ("write", "close") and made:
            self.apply(made[0])

    def changes(self, what):
        """Before, what an open alone may have made of it, and after."""
        key, to, text, old = what["key"], what["to"], what["text"], self.value(what["key"])
        before = {key: old}
        if what["op"] == "unlink":
            return before, [], {key: None}
        if what["op"] == "rename":
            return {key: old, to: self.value(to)}, [], {key: None, to: old}
        if what["op"] == "append":
            return before, [], {key: old + text}
        # A new key is made by the open. An open that cuts a value off publishes that with its
        # text; only when it fails itself is it not known.
        made = [{key: ""}] if old is None or what["stage"] != "close" else []
        return before, made if old is None or what["end"] == "unknown" else [], {key: text}

    def apply(self, change):
        for key, value in change.items():
            self.known[key] = value
            if value is None:
                del self.known[key]

    def doubt(self, outcomes):
        for key in outcomes[0]:
            self.unknown[key] = len(self.outcomes)
            self.known.pop(key, None)
        self.outcomes.append(outcomes)


# --- The judge ---

def entries(journal, last=None):
    """All whole lines, or those in the LAST bytes: a writer may just be at work."""
    with open(journal, "rb") as file:
        if last and os.path.getsize(journal) > last:
            file.seek(-last, os.SEEK_END)
            file.readline()
        return [json.loads(line) for line in file if line.endswith(b"\n")]


def journals(state):
    return sorted(glob.glob(state + "/journal.*"))


def first_done(state, mark, numbers):
    """When the first write that began after the mark was done, of the last writer; None: not yet.
    (Deleting is possible when writing is not.)"""
    latest = mark
    for journal in [f"{state}/journal.{number}" for number in numbers] or journals(state):
        done = [what["over"] for what in entries(journal, RECENT)
                if what["end"] == "done" and what["begin"] >= mark and what["op"] != "unlink"]
        if not done:
            return None
        latest = max(latest, done[0])
    return latest


def healed(state, mark, limit, *numbers):
    mark, end = float(mark), time.time() + float(limit)
    while time.time() < end:
        latest = first_done(state, mark, numbers)
        if latest:
            print(f"{latest - mark:.2f}")
            return None
        time.sleep(0.05)
    return f"not each writer has written within {limit} s"


def state_of_etcd(run_dir):
    answer = kv.KV(run_dir).call("range", {"key": kv.b64("s"), "range_end": kv.b64("x")})
    return {base64.b64decode(pair["key"]).decode(): base64.b64decode(pair.get("value", "")).decode()
            for pair in answer.get("kvs", [])}


def state_of_mount(mount):
    found = {}
    for name in os.listdir(mount):
        if name == SHARED or name.startswith("w"):
            with open(os.path.join(mount, name), encoding="utf-8") as file:
                found[name] = file.read()
    return found


def judge_keys(model, found, complaints):
    for key, value in model.known.items():
        if found.pop(key, None) != value:
            complaints.append(f"{key}: expected {value!r}")
    for outcomes in model.outcomes:
        got = {key: found.pop(key, None) for key in outcomes[0]}
        if got not in outcomes:
            complaints.append(f"{got} is none of {outcomes}")


def judge_lines(model, shared, complaints):
    last = -1
    for text, end in model.lines:
        times = shared.count(text)
        if times > 1 or (end == "done" and not times) or (end not in ("done", "unknown") and times):
            complaints.append(f"{SHARED}: {text!r}, {end}, is there {times} times")
        elif end == "done":
            if shared.index(text) < last:
                complaints.append(f"{SHARED}: {text!r} is before what was done before it")
            last = shared.index(text)


def judge_times(what, longest, complaints):
    if what["longest"] > longest:
        complaints.append(f"took {what['longest']} s: {what}")


def summary(all_entries):
    counts = {}
    for what in all_entries:
        word = what["end"] + (" " + what["errno"] if "errno" in what else "")
        counts[word] = counts.get(word, 0) + 1
    slowest = max(what["longest"] for what in all_entries)
    return ", ".join(f"{counts[word]} {word}" for word in sorted(counts)) + f"; slowest {slowest} s"


def states(run_dir, mounts):
    """What etcd has, and what each mount shows. Where they differ, or do not answer, once more: an
    election, and a write of unknown end that happens in between, are over by then."""
    for attempt in range(10):
        try:
            found = state_of_etcd(run_dir)
            seen = [state_of_mount(mount) for mount in mounts]
            if all(one == found for one in seen):
                break
        except OSError:
            if attempt == 9:
                raise
        time.sleep(1)
    return found, seen


def judge(state, longest, run_dir, *mounts):
    complaints, all_entries = [], []
    found, all_seen = states(run_dir, mounts)
    for mount, seen in zip(mounts, all_seen):
        for key in sorted(set(seen) | set(found)):
            if seen.get(key) != found.get(key):
                complaints.append(
                    f"{mount}: {key} is {seen.get(key)!r}, in etcd {found.get(key)!r}")
    shared = found.pop(SHARED, "").splitlines(keepends=True)
    for journal in journals(state):
        model = Model()
        for what in entries(journal):
            model.add(what)
            judge_times(what, float(longest), complaints)
            all_entries.append(what)
        judge_keys(model, found, complaints)
        judge_lines(model, shared, complaints)
    complaints += [f"{key}: nobody has made it" for key in found]
    print("writers:", summary(all_entries))
    return "\n".join(complaints) or None


if __name__ == "__main__":
    sys.exit({"run": run, "healed": healed, "judge": judge}[sys.argv[1]](*sys.argv[2:]))
