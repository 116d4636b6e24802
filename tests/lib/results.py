"""Reads meson's testlog.json: what failed, with the end of its output, and the counts.

The last line is `passed failed skipped`. A unit test counts as many as it has TAP lines.
"""
import json
import re
import sys

LINES = 40


def tap(entry):
    """(passed, failed) among the TAP lines of one test program."""
    out = entry.get("stdout") or ""
    return (len(re.findall(r"^ok \d", out, re.M)), len(re.findall(r"^not ok \d", out, re.M)))


def count(entry):
    result = entry["result"]
    if result == "SKIP":
        return 0, 0, 1
    good, bad = tap(entry)
    if result in ("OK", "EXPECTEDFAIL"):
        return max(good, 1), bad, 0
    return good, max(bad, 1), 0


def report(entry):
    if entry["result"] == "SKIP":
        print(f"SKIPPED: {entry['name']}: {(entry.get('stdout') or '').strip()}")
        return
    output = (entry.get("stdout") or "") + (entry.get("stderr") or "")
    lines = output.strip().splitlines()
    print(f"FAILED: {entry['name']} ({entry['result']}, {entry['duration']:.0f} s)")
    for line in lines[-LINES:]:
        print("    " + line)


def main():
    path, expected = sys.argv[1], int(sys.argv[2])
    try:
        entries = [json.loads(line) for line in open(path, errors="replace")]
    except OSError as error:
        print(f"FAILED: no test log: {error}")
        entries = []
    total = [0, 0, 0]
    for entry in entries:
        counts = count(entry)
        total = [a + b for a, b in zip(total, counts)]
        if counts[1] or counts[2]:
            report(entry)
    if len(entries) < expected:
        print(f"FAILED: {expected - len(entries)} of {expected} tests did not run")
        total[1] += expected - len(entries)
    print(*total)


main()
