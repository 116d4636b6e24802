"""The judge and a naive one, which tries every order, agree about small histories."""
import itertools
import random

import pretend
from judge import judge
from record import MAKING, Recording

REGISTERS = {"write": 4, "read": 6, "create": 2, "unlink": 3}
ALL = dict(REGISTERS, rename=3, list=2)
HISTORIES = 1500


# --- The naive judge ------------------------------------------------------------------------------


def is_explained(operations, changes):
    """Is there an order of these, and of some of unknown end, that tells and makes the same?"""
    sure = [one for one in operations if one.outcome == "done" or one.errno == "ENOENT"]
    doubtful = [one for one in operations if one.outcome == "unknown" and one.name in MAKING]
    return any(has_order([*sure, *happened], pretend.Store(), changes)
               for count in range(len(doubtful) + 1)
               for happened in itertools.combinations(doubtful, count))


def has_order(left, store, changes):
    if not left:
        return changes is None or store.changes == changes
    horizon = min(one.end for one in left)
    for one in left:
        after = pretend.Store(store)
        if one.call <= horizon and fits(one, after):
            if changes is None or after.changes == changes[:len(after.changes)]:
                if has_order([other for other in left if other is not one], after, changes):
                    return True
    return False


def fits(operation, store):
    answer = store.do({"call": operation.name, "key": operation.key, "to": operation.other,
                       "value": operation.value})
    if operation.outcome == "unknown":
        return answer["return"] == "done"
    return (answer["return"], answer.get("errno"), answer.get("value")) == (
        operation.outcome, operation.errno, operation.result)


# --- Errors ---------------------------------------------------------------------------------------


def spoil(dice, lines):
    """One thing becomes otherwise; perhaps all is right with it as well."""
    lines = [dict(line) for line in lines]
    returns = [line for line in lines if "return" in line]
    one, other = dice.sample(returns, 2)
    kind = dice.randrange(4)
    if kind == 0:  # what was seen
        seen = [line for line in returns if "value" in line]
        one, other = dice.choices(seen or [{"value": None}], k=2)
        if isinstance(one["value"], list) == isinstance(other["value"], list):
            one["value"] = other["value"]
    elif kind == 1:  # when it was over
        one["time"] = 1 + max(line["time"] for line in lines if "call" in line
                              and line["process"] == one["process"] and line["time"] < one["time"])
    elif kind == 2 and "value" not in one and one["return"] != "unknown":  # how it ended
        one.pop("errno", None)
        one["return"] = dice.choice(["done", "refused", "unknown"])
        one.update({"errno": "EIO"} if one["return"] == "refused" else {})
    else:  # what came of it
        changes = [line for line in lines if "change" in line] or [{"revision": 1}]
        one, other = dice.choices(changes, k=2)
        one["revision"], other["revision"] = other["revision"], one["revision"]
    return lines


def main():
    counts = {True: 0, False: 0}
    for seed in range(HISTORIES):
        dice = random.Random(seed)
        has_history = bool(seed % 2)
        lines = pretend.recording(dice, 7, 3, 4, 0.15, ALL if has_history else REGISTERS)
        if seed % 5:
            lines = spoil(dice, lines)
        if not has_history:
            lines = [line for line in lines if "history" not in line and "change" not in line]
        recording = Recording(lines)
        changes = sorted(recording.changes, key=lambda change: (change["revision"], change["key"]))
        expected = is_explained(recording.operations, changes if has_history else None)
        complaints = list(judge(recording))
        assert bool(complaints) != expected, "\n".join(
            [f"{seed}: {complaints}", *map(str, recording.operations + recording.changes)])
        counts[expected] += 1
    assert min(counts.values()) > HISTORIES / 10, counts


main()
