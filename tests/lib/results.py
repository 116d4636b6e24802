"""Reads meson's test logs: what failed, with the end of its output, and the counts.

    results.py --failed LOG                    the names of the cases that failed
    results.py --slowest LOG...                which ten took longest, on one line
    results.py LOG AGAIN EXPECTED FLAKY_DIR    the report of a run

AGAIN is the log of the cases that failed and were run once more alone; it need not exist. One that
passed then counts as passed and is told as flaky: its first output is kept as FLAKY_DIR/NAME.log.
A unit test counts as many as it has TAP lines. The last line is `passed failed skipped`.
"""
import json
import pathlib
import re
import sys

LINES = 40
GOOD = ("OK", "EXPECTEDFAIL")


def entries(path):
    """The tests of a log, by `etcdfs:SUITE / NAME`: a unit test and a case may share a name."""
    try:
        with open(path, errors="replace") as file:
            found = [json.loads(line) for line in file]
    except OSError:
        return {}
    return {entry["name"]: entry for entry in found}


def name_of(entry):
    return entry["name"].split(" / ")[-1]


def is_case(entry):
    """Not a unit test and no lint (`etcdfs:unit / NAME` in the log): those are never run again."""
    return not re.match(r"[^/]*\b(unit|lint)\b[^/]* / ", entry["name"])


def has_failed(entry):
    return entry["result"] not in GOOD + ("SKIP",)


def tap(entry):
    """(passed, failed) among the TAP lines of one test program."""
    out = entry.get("stdout") or ""
    return (len(re.findall(r"^ok \d", out, re.M)), len(re.findall(r"^not ok \d", out, re.M)))


def count(entry):
    result = entry["result"]
    if result == "SKIP":
        return 0, 0, 1
    good, bad = tap(entry)
    if result in GOOD:
        return max(good, 1), bad, 0
    return good, max(bad, 1), 0


def output(entry):
    return (entry.get("stdout") or "") + (entry.get("stderr") or "")


def print_end(entry):
    for line in output(entry).strip().splitlines()[-LINES:]:
        print("    " + line)


def report(entry):
    name = name_of(entry)
    if entry["result"] == "SKIP":
        print(f"SKIPPED: {name}: {(entry.get('stdout') or '').strip()}")
        return
    print(f"FAILED: {name} ({entry['result']}, {entry['duration']:.0f} s)")
    print_end(entry)


def keep_flaky(entry, directory):
    name = name_of(entry)
    path = pathlib.Path(directory) / f"{name}.log"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{entry['result']} after {entry['duration']:.0f} s\n{output(entry)}")
    print(f"FLAKY: {name}: failed, and passed when it ran alone; its first output: {path}")
    print_end(entry)


def failed_cases(path):
    return [name_of(entry) for entry in entries(path).values()
            if has_failed(entry) and is_case(entry)]


def slowest(paths):
    found = [(entry["duration"], name_of(entry))
             for path in paths for entry in entries(path).values()]
    return [f"{name} {seconds:.0f} s" for seconds, name in sorted(found, reverse=True)[:10]]


def main(log, again, expected, flaky):
    first, second = entries(log), entries(again)
    total = [0, 0, 0]
    for name, entry in first.items():
        last = second.get(name, entry)
        if has_failed(entry) and not has_failed(last):
            keep_flaky(entry, flaky)
        counts = count(last)
        total = [a + b for a, b in zip(total, counts)]
        if counts[1] or counts[2]:
            report(last)
    missing = int(expected) - len(first)
    if missing > 0:
        print(f"FAILED: {missing} of {expected} tests did not run")
        total[1] += missing
    print(*total)


if sys.argv[1] == "--failed":
    print(*failed_cases(sys.argv[2]), sep="\n")
elif sys.argv[1] == "--slowest":
    print(*slowest(sys.argv[2:]), sep=", ")
else:
    main(*sys.argv[1:])
