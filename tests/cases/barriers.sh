#!/bin/bash
# How often a read asks etcd: once for a path, whatever somebody has open on it.
# Statements: 274.
. "$(dirname "$0")/../lib/case.sh"

start_mount
in_mount 'python3 -B -' <<'PYTHON'
import os
import re
import subprocess

FILES = 100
OTHERS = 10  # questions: a `df` of somebody on this machine looks at this mount as well


def asked():
    with open(".etcd/metrics") as metrics:
        return int(re.search(r"^etcdfs_barriers_total (\d+)$", metrics.read(), re.M)[1])


def costs(what, least, most, function):
    before = asked()
    function()
    after = asked() - before
    assert least <= after <= most, f"{what}: etcd was asked {after} times, {least} to {most} expected"


def each(function):
    for i in range(FILES):
        try:
            function(f"a/b/c/{i}")
        except OSError as error:
            assert str(error).startswith("[Errno 61]"), error  # no such attribute


def attributes():
    each(lambda path: os.getxattr(path, "security.capability"))
    each(lambda path: os.getxattr(path, "system.posix_acl_access"))
    each(lambda path: os.getxattr(path, "user.other"))


def judge():
    costs("stat", FILES, FILES + OTHERS, lambda: each(os.stat))
    costs("open", FILES, FILES + OTHERS, lambda: each(lambda path: os.close(os.open(path, os.O_RDONLY))))
    costs("attributes", 0, OTHERS, attributes)
    costs("statfs", 0, OTHERS, lambda: each(os.statvfs))
    # Of the directory itself a few more.
    costs("ls -l", FILES, FILES + 5 + OTHERS, lambda: subprocess.run(
        ["ls", "-l", "a/b/c"], stdout=subprocess.DEVNULL, check=True))


os.makedirs("a/b/c")
for i in range(FILES):
    os.close(os.open(f"a/b/c/{i}", os.O_CREAT | os.O_WRONLY))
judge()
kept = [os.open(path, os.O_RDONLY) for path in ("a", "a/b", "a/b/c")]
judge()
kept += [os.open(f"a/b/c/{i}", os.O_RDONLY) for i in range(FILES)]
costs("stat of what is open", FILES, 2 * FILES + OTHERS, lambda: each(os.stat))
PYTHON
