"""Locks, by their keys in etcd: who was told that a lock is granted had it then, and what was
written under it came between the grant and the end.

A lock is a key `.etcd/lock/ESC/LEASE.N` (399): it holds from the revision in which no earlier key
in its line excludes it, until the one that deletes it. So the holders of a line do not overlap in
revisions, and what is judged is whether those who were told so are these.
"""
import json

from order import Sighting

LOCKS = ".etcd/lock/"


class Lock:
    """A key in a line."""

    def __init__(self, made):
        self.made, self.ended = made, None
        self.shared = False
        self.held = []  # spans of revisions
        self.renewed = False  # its lease has made a key after its end: so the lease has not ended

    def holds(self, holds, revision):
        is_open = bool(self.held) and self.held[-1][1] is None
        if holds and not is_open:
            self.held.append((revision, None))
        elif is_open and not holds:
            self.held[-1] = (self.held[-1][0], revision)


def lease_of(key):
    return key.rpartition("/")[2].partition(".")[0]


def is_shared(value):
    try:
        return json.loads(value)["mode"] == "shared"
    except (ValueError, KeyError, TypeError):
        return False


def replay(history):
    """Each lock that there ever was, by its key."""
    locks, lines, ended = {}, {}, {}
    for changes in history.by_revision():
        touched = set()
        for change in changes:
            key, revision = change["key"], change["revision"]
            if key.startswith(LOCKS):
                touched.add(key.rpartition("/")[0])
                take(change, locks, lines.setdefault(key.rpartition("/")[0], {}), ended, revision)
        for line in touched:
            tell(lines[line], revision)
    return locks


def take(change, locks, line, ended, revision):
    key = change["key"]
    if change["change"] == "delete":
        lock = line.pop(key, None)
        if lock is None:
            return  # the history says that this is wrong
        lock.ended = revision
        lock.holds(False, revision)
        ended.setdefault(lease_of(key), []).append(lock)
        return
    if key not in line:
        locks[key] = line[key] = Lock(revision)
        for lock in ended.pop(lease_of(key), []):
            lock.renewed = True
    line[key].shared = is_shared(change["value"])


def tell(line, revision):
    """Who holds the lock after a change of its line: the first, or all shared ones up to the first
    exclusive one."""
    before = None
    for lock in line.values():
        lock.holds(before is None or before.shared and lock.shared, revision)
        before = lock if before is None or before.shared else before


def judge(operations, history, sightings):
    """Complaints; adds to @sightings what was told of locks."""
    locks, holding = replay(history), {}
    for operation in operations:
        place = operation.process, operation.key
        if operation.name == "lock" and operation.outcome == "done":
            lock = locks.get(operation.lock)
            if lock is None or lock.made != operation.revision or not lock.held:
                yield f"granted, but etcd has no such lock that came to its turn: {operation}"
                continue
            sightings.append(Sighting(operation.call, operation.end, lock.held, operation))
            holding[place] = lock
        elif operation.name == "unlock" and place in holding:
            yield from unlock(operation, holding.pop(place), sightings)
        elif place in holding and operation.outcome != "refused":
            yield from fenced(operation, holding[place], history)


def unlock(operation, lock, sightings):
    """The lock ends in the course of this call, unless its lease has ended before."""
    if lock.ended is None:
        if operation.outcome == "done":
            yield f"unlocked, but etcd has the lock still: {operation}"
        return
    until = lock.ended if lock.renewed else None
    sightings.append(Sighting(operation.call, operation.end, [(lock.ended, until)], operation))


def fenced(operation, lock, history):
    for revision in history.made(operation):
        inside = any(first <= revision and (until is None or revision < until)
                     for first, until in lock.held)
        if not inside and len(history.made(operation)) == 1:
            yield f"written at revision {revision}, held in {lock.held}: {operation}"
