#!/bin/bash
# How often a call asks etcd: once for a path, whatever somebody has open on it; for each name where modes are checked.
# Statements: 172, 274.
. "$(dirname "$0")/../lib/case.sh"

cat >"$DIR/judge.py" <<'PYTHON'
import errno
import os
import re
import subprocess
import sys

FILES = 100
OTHERS = 10  # questions: a `df` of somebody on this machine looks at this mount as well
CHECKED = sys.argv[1] == "allow_other"  # each name, and the directory where a path begins
PATH = 5 if CHECKED else 1  # questions of a/b/c/FILE
NAME = 2 if CHECKED else 1  # and of FILE, from a descriptor of its directory


def count(metric, kind=None):
    label = f',kind="{kind}"' if kind else ""
    with open(".etcd/metrics") as metrics:
        found = re.search(rf"^etcdfs_{metric}{{mountpoint=[^,]*{label}}} (\d+)$", metrics.read(), re.M)
        return int(found[1])


def costs(what, least, most, function, *metric):
    metric = metric or ("barriers_total",)
    before = count(*metric)
    function()
    after = count(*metric) - before
    assert least <= after <= most, f"{what}: {after} {metric}, {least} to {most} expected"


def program(*command):
    return lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def each(function):
    for i in range(FILES):
        function(f"a/b/c/{i}")


def has_none(path, name, error):
    try:
        os.getxattr(path, name)
        raise AssertionError(f"{path} has {name}")
    except OSError as refusal:
        assert refusal.errno == error, f"{name}: {refusal}"


def attributes():
    each(lambda path: has_none(path, "security.capability", errno.EOPNOTSUPP))
    each(lambda path: has_none(path, "system.posix_acl_access", errno.EOPNOTSUPP))
    if not CHECKED:  # there the kernel asks whether the file may be read
        each(lambda path: has_none(path, "user.other", errno.ENODATA))


def judge():
    on_the_way = PATH - 1 if CHECKED else 0
    costs("stat", FILES, PATH * FILES + OTHERS, lambda: each(os.stat))
    costs("open", FILES, PATH * FILES + OTHERS, lambda: each(lambda path: os.close(os.open(path, os.O_RDONLY))))
    costs("attributes", 0, 2 * on_the_way * FILES + OTHERS, attributes)
    costs("statfs", 0, on_the_way * FILES + OTHERS, lambda: each(os.statvfs))


def judge_programs():
    # Of the directory itself a few more.
    for command in ("find", "-size", "+1"), ("du", "-a"):
        costs(command[0], FILES, NAME * FILES + 15 + OTHERS, program(command[0], "a/b/c", *command[1:]))
    costs("ls -l", FILES, PATH * FILES + 15 + OTHERS, program("ls", "-l", "a/b/c"))
    # One path a file; "security.*" and "system.*" are asked of the first file only.
    costs("ls -l", 0, 4 * FILES + 50, program("ls", "-l", "a/b/c"), "operations_total", "lookup")
    costs("ls -l", 0, OTHERS, program("ls", "-l", "a/b/c"), "operations_total", "getxattr")


os.makedirs("a/b/c", exist_ok=True)
for i in range(FILES):
    os.close(os.open(f"a/b/c/{i}", os.O_CREAT | os.O_WRONLY))
judge()
judge_programs()
kept = [os.open(path, os.O_RDONLY) for path in ("a", "a/b", "a/b/c")]
judge()
kept += [os.open(f"a/b/c/{i}", os.O_RDONLY) for i in range(FILES)]
costs("stat of what is open", FILES, (PATH if CHECKED else 2) * FILES + OTHERS, lambda: each(os.stat))
costs("open to append to what is open", FILES, (PATH if CHECKED else 1) * FILES + OTHERS,
      lambda: each(lambda path: os.close(os.open(path, os.O_WRONLY | os.O_APPEND))))
PYTHON

start_mount
in_mount 'python3 -B "$DIR/judge.py" owner'
stop_mount
start_mount -o allow_other
in_mount 'python3 -B "$DIR/judge.py" allow_other'
