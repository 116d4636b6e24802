"""Streams and events, against the history: what they tell is what there was, in its order, once."""
import base64

from history import OWN
from order import Sighting

ENDS = {"overflow", "compacted", "replaced"}  # lines that say where the stream has ended


def below(directory, key):
    prefix = f"{directory}/" if directory else ""
    return key.startswith(prefix) and not key.startswith(OWN)


# --- Streams --------------------------------------------------------------------------------------


def judge(recording, history, sightings, acknowledged):
    """Complaints; adds to @sightings what the beginning of a stream says."""
    for opened in recording.operations:
        if opened.name in ("since", "watch") and opened.outcome == "done":
            lines = recording.told.get(opened.process, [])
            expected = [change for change in history.changes if below(opened.key, change["key"])]
            through = recording.through.get(opened.process, 0)
            start = first_of(opened, lines, expected, through, sightings)
            if opened.name == "watch":
                yield from too_old(opened, expected[start:start + 1], acknowledged)
            yield from compare(opened, lines, expected[start:], through)


def first_of(opened, lines, expected, through, sightings):
    """The number of the first change that the stream should have."""
    if opened.name == "since":
        first = opened.revision
    else:
        first = lines[0][1]["line"]["revision"] if lines else through + 1
    start = sum(1 for change in expected if change["revision"] < first)
    if opened.name == "watch" and start:
        before = expected[start - 1]["revision"]  # not shown, so it came before the open was over
        sightings.append(Sighting(opened.call, opened.end, [(before, None)], opened))
    return start


def too_old(opened, first, acknowledged):
    for revision, operation in acknowledged:
        if first and revision >= first[0]["revision"] and operation.end < opened.call:
            yield f"{opened} shows what was acknowledged before: {operation}"
            return


def compare(opened, lines, expected, through):
    """The first line that is not as it should be."""
    number = 0
    for _, line in lines:
        line = line["line"]
        if line["type"] in ENDS:
            through = max(through, line["revision"] - 1)
            break
        if number == len(expected) or not is_same(line, expected[number]):
            yield f"{opened}: {line} {misplaced(line, expected, number)}"
            return
        number += 1
    if number < len(expected) and expected[number]["revision"] <= through:
        yield f"{opened}: misses {expected[number]}"


def is_same(line, change):
    if line["revision"] != change["revision"] or line["type"] != change["change"]:
        return False
    if value_of(line, "key") != change["key"]:
        return False
    return "value_length" in line or value_of(line, "value") == change.get("value")


def value_of(line, name):
    coded = line.get(f"{name}_base64")
    return base64.b64decode(coded).decode("latin-1") if coded is not None else line.get(name)


def misplaced(line, expected, number):
    if any(is_same(line, change) for change in expected[:number]):
        return "comes twice, or late"
    if any(is_same(line, change) for change in expected[number:]):
        return f"comes before {expected[number]}"
    return "is in no such history"


# --- Events ---------------------------------------------------------------------------------------


def told_by(change, existed):
    """The events of a change (70), of which quick ones may be left out (77)."""
    if change["change"] == "delete":
        return ["delete"]
    made = [] if existed else ["create"]
    return made if change["value"] == "" and not existed else made + ["modify", "close_write"]


def judge_events(recording, history, times):
    for watched in recording.operations:
        if watched.name != "events" or watched.outcome != "done":
            continue
        files = {}
        for change in history.changes:
            if below(watched.key, change["key"]):
                files.setdefault(change["key"], []).append(change)
        told = {}
        for time, line in recording.told.get(watched.process, []):
            told.setdefault(line["key"], []).append((time, line["event"]))
        through = recording.through.get(watched.process, 0)
        for key in sorted(set(files) | set(told)):
            complaint = judge_file(watched, files.get(key, []), told.get(key, []), times, through)
            if complaint:
                yield f"{watched}: {key!r}: {complaint}"


def due(changes, times, since):
    """(revision, event) of all that may be told; a change from before the watch is none."""
    existed = False
    for change in changes:
        if times[change["revision"]] >= since:
            for event in told_by(change, existed):
                yield change["revision"], event
        existed = change["change"] == "put"


def judge_file(watched, changes, told, times, through):
    """Each event is one that was due, after those before it; the last change was told of."""
    left = list(due(changes, times, watched.call))
    there, number = None, 0
    for time, event in told:
        if there is not None and there != (event != "create"):
            return f"{event} at {time}, though it was {'there' if there else 'gone'}"
        there = event != "delete"
        while number < len(left) and left[number][1] != event:
            number += 1
        if number == len(left):
            return f"{event} at {time}: there was no such change, or it was told already"
        if times[left[number][0]] > time:
            return f"{event} at {time} came before its change, revision {left[number][0]}"
        number += 1
    changes = [change for change in changes if change["revision"] <= through]
    last = changes[-1]["revision"] if changes else 0
    late = [one for one in left if one[0] == last and times[last] > watched.end]
    if late and (not told or told[-1] < (times[last],) or told[-1][1] != late[-1][1]):
        return f"the last change, revision {last}, was not told of"
    return None
