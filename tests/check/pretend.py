"""Recordings of processes that there never were, on a store that is right: for tests of the judge.

    pretend.py COUNT PROCESSES KEYS SEED >FILE      how long the judge takes for COUNT operations
"""
import json
import random
import sys

KINDS = {"write": 6, "read": 10, "create": 1, "unlink": 2, "rename": 1, "append": 4, "list": 1}
LINES = 40  # in an append file, about


class Store:
    """What the operations do, one after the other, and the history that they make."""

    def __init__(self, other=None):
        self.values = dict(other.values) if other else {}
        self.changes = list(other.changes) if other else []
        self.revision = other.revision if other else 1

    def put(self, *changes):
        self.revision += 1
        for key, value in sorted(changes):
            line = {"change": "delete", "revision": self.revision, "key": key}
            if value is None:
                del self.values[key]
            else:
                line.update(change="put", value=value)
                self.values[key] = value
            self.changes.append(line)

    def do(self, call):
        """What the process is told."""
        key, value = call["key"], self.values.get(call["key"])
        name = call["call"]
        if name in ("unlink", "rename") and value is None:
            return {"return": "refused", "errno": "ENOENT"}
        if name == "create" and value is not None:
            return {"return": "refused", "errno": "EEXIST"}
        if name == "read":
            return {"return": "done", "value": value}
        if name == "list":
            return {"return": "done", "value": sorted(
                one.removeprefix(f"{key}/") for one in self.values if one.startswith(f"{key}/"))}
        if name == "rename":
            self.put((key, None), (call["to"], value))
        else:
            text = {"create": "", "unlink": None, "append": value or ""}.get(name)
            self.put((key, call["value"] if name == "write" else
                      text + call["value"] if name == "append" else text))
        return {"return": "done"}


def choose(dice, number, keys, kinds):
    """A call; four keys are a directory."""
    name = dice.choices(list(kinds), list(kinds.values()))[0]
    first = dice.randrange(keys) // 4 * 4
    key, to = (f"d{first // 4}/k{first + one}" for one in dice.sample(range(4), 2))
    lines = f"lines{number * kinds.get('append', 0) // sum(kinds.values()) // LINES}"
    if name == "append" or (name == "read" and kinds.get("append") and dice.random() < 0.3):
        key = lines
    if name == "list":
        key = f"d{first // 4}"
    call = {"call": name, "key": key}
    if name in ("write", "append"):
        call["value"] = f"{number}" + "\n" * (name == "append")
    return dict(call, to=to) if name == "rename" else call


def recording(dice, count, processes, keys, unknown=0.02, kinds=None):
    """The lines of a recording."""
    free, points, lines = [0] * processes, [], []
    for number in range(count):
        process = dice.randrange(processes)
        begin = free[process] + dice.randint(1, 1000)
        point = begin + dice.randint(1, 1000)
        end = free[process] = point + dice.randint(1, 1000)
        told = dice.random() >= unknown
        happens = point if told else point + 2 * (end - begin)  # later than anybody waited
        if not told and dice.random() < 0.5:
            happens = None
        call = dict(choose(dice, number, keys, kinds or KINDS), time=begin, process=process)
        points.append((happens, number, call, end, told))
        lines.append(call)
    store = Store()
    last = max(free)
    for happens, _, call, end, told in sorted(points, key=lambda one: (one[0] or 0, one[1])):
        answer = store.do(call) if happens and happens < last else {}
        answer = answer if told else {"return": "unknown", "errno": "ETIMEDOUT"}
        lines.append(dict(answer, time=end, process=call["process"]))
    return lines + store.changes + [{"history": store.revision}]


def main():
    count, processes, keys, seed = map(int, sys.argv[1:])
    for line in recording(random.Random(seed), count, processes, keys):
        print(json.dumps(line))


if __name__ == "__main__":
    main()
