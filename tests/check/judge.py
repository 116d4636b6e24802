"""Judges recordings (record.py): was what the processes were told true?

    judge.py [--least N] FILE

Of every key that was used: is there an order of the operations that explains all results (keys.py,
with the search of linear.py), and is it that of etcd's revisions, of all keys together (order.py)?
Of append files: are all lines there, once, in one order (lists.py)? Of locks: did their holders
have them, and were their writes inside (locks.py)? Of streams and events: are they the history
(streams.py)?

Says what is wrong, and counts. The status is 0 if nothing is, 1 if something is; and 3 if the
recording is void, since fewer than N operations were done between two faults, in the middle.
"""
import argparse
import statistics
import sys

import history as past
import keys
import lists
import locks
import order
import record
import streams
from order import Sighting
from record import FOREVER

SHOWN = 20  # complaints


def judge(recording):
    """Complaints about a recording; nothing is wrong if there is none."""
    history = past.History(recording) if recording.complete is not None else None
    yield from keys.judge(recording.operations, history)
    yield from lists.judge(recording.operations, history)
    if history is None:
        return
    yield from history.wrong
    sightings, wrong = seen(recording.operations, history)
    yield from wrong
    yield from accounts(recording.operations, history, sightings)
    yield from locks.judge(recording.operations, history, sightings)
    acknowledged = [(one.options[0][0], one.what) for one in sightings
                    if one.what.outcome == "done" and one.what.name in record.MAKING]
    yield from streams.judge(recording, history, sightings, acknowledged)
    try:
        times = order.earliest(sightings, history.last)
    except order.Impossible as why:
        yield f"by the order of revisions this cannot be: {why.args[0]}, and {why.args[1]}"
        return
    yield from too_early(recording, times)
    yield from streams.judge_events(recording, history, times)


# --- What was made --------------------------------------------------------------------------------

def accounts(operations, history, sightings):
    """Whether each change of the history was asked for, as often as it was made. Adds that the
    Nth version of one kind is not from before the Nth call, nor from after the Nth end."""
    asked, append_files = {}, set()
    for operation in operations:
        if operation.name == "append":
            append_files.add(operation.key)
        elif operation.name in record.MAKING:
            place = operation.key, past.effect(operation)
            asked.setdefault(place, []).append(operation)
    for (name, effect), found in asked.items():
        key = history.keys.get(name, past.Key())
        made = [key.revisions[version] for version in key.made.get(effect, [])]
        done = sorted((one for one in found if one.outcome == "done"), key=lambda one: one.end)
        able = [one for one in found if one.outcome != "refused"]
        if not len(done) <= len(made) <= len(able):
            yield (f"made {len(made)} times, but {len(done)} to {len(able)} times by what was "
                   f"told: {found[0]}")
        sightings += [Sighting(one.call, FOREVER, [(revision, revision)], one)
                      for one, revision in zip(able, made)]
        sightings += [Sighting(0, one.end, [(revision, None)], one)
                      for one, revision in zip(done, made)]
    yield from unasked(asked, append_files, history)


def unasked(asked, append_files, history):
    for name, key in sorted(history.keys.items()):
        if name.startswith(past.OWN) or name.endswith("/") or name in append_files:
            continue
        for effect, versions in key.made.items():
            if (name, effect) not in asked and effect[0] is not past.ARRIVED:
                yield (f"{name!r}: nobody has made it {record.shown(effect[0])}, revision "
                       f"{key.revisions[versions[0]]}")


def seen(operations, history):
    """The sightings of all operations, and complaints about those that can have seen nothing."""
    sightings, wrong, names = [], [], {}
    for operation in operations:
        options = options_of(operation, history, names)
        if options:
            sightings.append(Sighting(operation.call, operation.end, options, operation))
        elif options is not None and operation.outcome == "done":
            wrong.append(f"nothing in the history is as it was told: {operation}")
    return sightings, wrong


def options_of(operation, history, names):
    """The spans of revisions that an operation can have seen or made; None if it tells nothing."""
    if operation.outcome == "refused":
        missing = operation.errno == "ENOENT" and operation.name in record.MAKING
        return history.spans(operation.key, None) if missing else None
    if operation.outcome != "done":
        return None
    if operation.name in record.MAKING:
        return [(revision, revision) for revision in history.made(operation)]
    if operation.name == "read":
        spans = history.spans(operation.key, operation.result)
        if operation.revision is not None:
            spans = [span for span in spans if span[0] == operation.revision]
        return spans
    if operation.name == "list":
        if operation.key not in names:
            names[operation.key] = history.names(operation.key)
        return names[operation.key].get(frozenset(operation.result or ()), [])
    return None


def too_early(recording, times):
    """A line of a stream that came before its revision can have been made."""
    for process, told in recording.told.items():
        for time, line in told:
            if "line" in line and times[min(line["line"]["revision"], len(times) - 1)] > time:
                yield f"a line of process {process} comes before its change: {line}"
                break


# --- The program ----------------------------------------------------------------------------------


def between(recording):
    """How many operations were done between each two faults."""
    marks = sorted(fault["time"] for fault in recording.faults)
    counts = [0] * (len(marks) + 1)
    at = 0
    for end in sorted(one.end for one in recording.operations if one.outcome == "done"):
        while at < len(marks) and marks[at] < end:
            at += 1
        counts[at] += 1
    return counts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--least", type=int, default=0)
    arguments = parser.parse_args()
    recording = record.load(arguments.file)
    outcomes = {}
    for operation in recording.operations:
        outcomes[operation.outcome] = outcomes.get(operation.outcome, 0) + 1
    print(", ".join(f"{outcomes[word]} {word}" for word in sorted(outcomes)),
          f"{len(recording.changes)} changes", f"{len(recording.faults)} faults", sep="; ")
    counts = between(recording)
    if statistics.median(counts) < arguments.least:
        print(f"void: {statistics.median(counts)} operations were done between two faults")
        return 3
    complaints = list(judge(recording))
    print(*complaints[:SHOWN], sep="\n")
    print(f"{len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
