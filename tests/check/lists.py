"""Append files, as lists: each line is there once, in one order for all, and nothing is lost.

The order of the lines is that of the longest text that was seen. Each other text must be a
beginning of it. When the lines can have come is asked as of revisions (order.py): a line that was
appended before a read began is in what it read, and lines that were appended one after the other
are in that order.
"""
import order
from order import Sighting


def judge(operations, history):
    files = {}
    for operation in operations:
        if operation.name == "append":
            files.setdefault(operation.key, [])
    for operation in operations:
        if operation.key in files:
            files[operation.key].append(operation)
    for name, found in sorted(files.items()):
        yield from judge_file(name, found, history and history.keys.get(name))


def judge_file(name, operations, key):
    complaint, longest = find_longest(name, operations, key)
    if complaint:
        yield complaint
        return
    lines = longest.splitlines(keepends=True)
    place = {line: number for number, line in enumerate(lines, 1)}
    appended = {operation.value: operation for operation in operations
                if operation.name == "append"}
    for line in lines:
        if line not in appended:
            yield f"{name!r}: {line!r} is there, and was appended by nobody"
        elif appended[line].outcome == "refused":
            yield f"{name!r}: {line!r} is there, and was refused"
    if len(place) < len(lines):
        twice = next(line for line in lines if lines.count(line) > 1)
        yield f"{name!r}: a line is there twice: {twice!r}"
        return
    beyond = len(lines) + 1
    try:
        order.earliest(list(sightings(operations, place, beyond)), beyond)
    except order.Impossible as why:
        yield f"{name!r}: the lines have no order: {why.args[0]}, but {why.args[1]}"


def find_longest(name, operations, key):
    """(complaint, the longest text that anybody has seen)."""
    texts = {operation.result or "": operation for operation in operations
             if operation.name == "read" and operation.outcome == "done"}
    for revision, value in zip(key.revisions, key.values) if key else ():
        texts[value or ""] = f"revision {revision}"
    longest = ""
    for text in sorted(texts, key=len):
        if not text.startswith(longest):
            return (f"{name!r}: {texts[text]} does not begin with what was there before: "
                    f"{texts.get(longest)}"), None
        longest = text
    return None, longest


def sightings(operations, place, beyond):
    for operation in operations:
        if operation.name == "append":
            number = place.get(operation.value, beyond)
            if operation.outcome == "done" or (operation.outcome == "unknown" and number < beyond):
                yield Sighting(operation.call, operation.end, [(number, number)], operation)
        elif operation.name == "read" and operation.outcome == "done":
            count = (operation.result or "").count("\n")
            yield Sighting(operation.call, operation.end, [(count, count + 1)], operation)
