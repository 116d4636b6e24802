"""Does the search judge as another checker does? By its recorded histories, with their verdicts.

    git clone https://github.com/anishathalye/porcupine
    python3 tests/check/porcupine.py porcupine

102 histories are of a register of etcd's, six of appends to texts. Nothing of them is kept here.
"""
import multiprocessing
import os
import re
import sys
import time

import linear
from linear import FOREVER, Operation

REGISTER = re.compile(r"INFO\s+jepsen\.util - (\d+)\s+:(\w+)\s+:(read|write|cas)\s+(.*)")
TEXT = re.compile(r'{:process (\d+), :type :(\w+), :f :(\w+), :key "(.*?)", :value (.*)}')


def history(lines, pattern):
    """Each operation of a recording: its call, its return and its arguments, each as written."""
    found, running = [], {}
    for now, line in enumerate(lines):
        match = pattern.match(line)
        if not match:
            continue
        process, what, *rest = match.groups()
        if what == "invoke":
            running[process] = len(found)
            found.append([now, FOREVER, what, rest])
        elif what in ("ok", "fail") and process in running:
            found[running.pop(process)][1:] = [now, what, rest]
    return found


def registers(lines):
    """Operations on one register. A read that was not answered tells nothing."""
    for call, end, what, (name, argument) in history(lines, REGISTER):
        if name != "read" or (end < FOREVER and argument != ":timed-out"):
            yield Operation(call, end, name, re.findall(r"\w+", argument), what)


def register_step(state, operation):
    arguments = operation.arguments
    if operation.name == "read":
        return (state,) if arguments[0] == state else ()
    if operation.name == "write":
        return (arguments[0],)
    if operation.result == "fail":
        return (state,) if arguments[0] != state else ()
    return (arguments[1],) if arguments[0] == state else ()


def observes_register(operation):
    return operation.name == "read" or operation.result == "fail"


def texts(lines):
    """Of each key, the operations."""
    keys = {}
    for call, end, what, (name, key, value) in history(lines, TEXT):
        keys.setdefault(key, []).append(Operation(call, end, name, [value.strip('"')], what))
    return keys


def text_step(state, operation):
    value = operation.arguments[0]
    if operation.name == "get":
        return (state,) if value == state else ()
    return (value,) if operation.name == "put" else (state + value,)


def observes_text(operation):
    return operation.name == "get"


def judge_register(path):
    with open(path, encoding="utf-8") as lines:
        return linear.refuted(list(registers(lines)), "nil", register_step, observes_register)


def judge_text(operations):
    return linear.refuted(operations, "", text_step, observes_text)


def judge_texts(path):
    """All keys at once, until one has no order: some of those that have none take very long."""
    with open(path, encoding="utf-8") as lines:
        keys = texts(lines)
    with multiprocessing.Pool(len(keys)) as pool:
        return next(filter(None, pool.imap_unordered(judge_text, keys.values())), None)


def verdicts(folder):
    """(path, judge, whether there is an order), as the checker's own test has it."""
    with open(f"{folder}/porcupine_test.go", encoding="utf-8") as text:
        for number, good in re.findall(r"checkJepsen\(t, (\d+), (\w+)\)", text.read()):
            yield f"{folder}/test_data/jepsen/etcd_{int(number):03}.log", judge_register, good
    for name in sorted(os.listdir(f"{folder}/test_data/kv")):
        good = "true" if name.endswith("-ok.txt") else "false"
        yield f"{folder}/test_data/kv/{name}", judge_texts, good


def main(folder):
    counts, wrong, slowest = {"true": 0, "false": 0}, 0, (0, "")
    for path, judge, good in verdicts(folder):
        begin = time.monotonic()
        refuted = judge(path)
        slowest = max(slowest, (time.monotonic() - begin, path))
        counts[good] += 1
        if (refuted is None) != (good == "true"):
            print(f"{path}: should be {good}; {refuted}")
            wrong += 1
    print(f"{counts['true']} with an order, {counts['false']} without, {wrong} judged wrong; "
          f"the slowest {slowest[0]:.2f} s, {os.path.basename(slowest[1])}")
    return 1 if wrong or not counts["true"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
