"""Makes the calls of the table, on a reference and on a mount, and compares both with what it says.

	run.py TABLE DIFFERENCES REFERENCE MOUNT

Each line of TABLE is a check of its own (its head says how it is read). On REFERENCE, a directory
of an ordinary filesystem, every check must end as the table says: else the table is wrong. On MOUNT
as well, unless DIFFERENCES (docs/posix.md) has a row for it: then it must differ, and in the way
the row says. So a new difference fails, and one that is no more as well.
"""
import errno
import fnmatch
import json
import os
import re
import shlex
import signal
import sys

import calls

AT_A_TIME = 6
SECONDS = 120  # for one check, on a machine that is busy


def expand(word):
    """n*255 is that many n."""
    many = re.fullmatch(r"(.+)\*(\d+)", word)
    return many[1] * int(many[2]) if many else word.encode().decode("unicode_escape")


def words_of(step):
    return [expand(word) for word in shlex.split(step.replace("\\", "\\\\"))]


class Step:
    """NAME = CALL WORD... -> RESULT, of which the first and the last part may be missing."""

    def __init__(self, text):
        head, arrow, expected = text.strip().partition(" -> ")
        self.expected = " ".join(words_of(expected)) if arrow else None
        named = re.fullmatch(r"(\w+) = (.*)", head)
        self.name, head = (named[1], named[2]) if named else (None, head)
        self.call, *self.words = words_of(head)
        self.text = text.strip()
        if self.call not in calls.CALLS:
            sys.exit(f"no such call: {text}")

    def run(self, opened):
        """What came of it, as the table writes it."""
        words = [opened[word] if word in opened else word for word in self.words]
        words = [None if word == "AT_FDCWD" else word for word in words]
        try:
            result = calls.CALLS[self.call](*words)
        except OSError as error:
            return calls.error_name(error.errno)
        if isinstance(result, calls.Opened):
            opened[self.name] = result
            return "ok"
        if isinstance(result, bytes):
            return result.decode("latin-1")
        if isinstance(result, list):
            return " ".join(result)
        return "ok" if result is None else str(result)

    def is_met(self, result):
        """Without an expectation it only must not fail."""
        return not hasattr(errno, result) if self.expected is None else result == self.expected


class Check:
    def __init__(self, text):
        self.name, _, steps = text.partition(": ")
        self.steps = [Step(step) for step in re.split(r" ; ", steps)]

    def run_here(self):
        """'' when all steps are met; else what the first that is not gave, and which it was."""
        opened = {}
        for step in self.steps:
            result = step.run(opened)
            if not step.is_met(result):
                return f"{result or chr(39) * 2}\t{step.text}"
        return ""


def table_of(path):
    """Lines; one that is indented goes on with the one before."""
    lines = []
    for line in open(path).read().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line[0].isspace():
            lines[-1] += " " + line.strip()
        else:
            lines.append(line.strip())
    checks = [Check(line) for line in lines]
    names = [check.name for check in checks]
    for name in {name for name in names if names.count(name) > 1}:
        sys.exit(f"{path}: {name} is there more than once")
    return checks


def run_in_child(check, directory, pipe):
    try:
        signal.alarm(SECONDS)
        os.umask(0o022)
        os.mkdir(directory)
        os.chdir(directory)
        os.write(pipe, (check.run_here() or "met").encode())
    except BaseException as error:  # of the suite itself
        os.write(pipe, f"{error!r}\tthe suite itself".encode())
    finally:
        os._exit(0)


def run_check(check, base):
    """In a process and a directory of its own: what it changes of either ends with it."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        run_in_child(check, os.path.join(base, check.name), writer)
    os.close(writer)
    said = os.read(reader, 65536).decode()
    os.close(reader)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if not said:
        return f"status {status}\tno end"
    return "" if said == "met" else said


def run_share(checks, base, pipe):
    with open(pipe, "w") as out:
        for check in checks:
            print(json.dumps([check.name, run_check(check, base)]), file=out)


def run_all(checks, base):
    """What was found of each check, by its name; several run at a time, since they mostly wait."""
    readers, found = [], {}
    for share in range(AT_A_TIME):
        reader, writer = os.pipe()
        if os.fork() == 0:
            try:
                run_share(checks[share::AT_A_TIME], base, writer)
            finally:
                os._exit(0)
        os.close(writer)
        readers.append(reader)
    for reader in readers:
        with open(reader) as lines:
            found.update(json.loads(line) for line in lines)
        os.wait()
    return found


class Row:
    """Of the table of differences: | checks | here | statement | why |."""

    def __init__(self, cells):
        self.patterns = re.findall(r"`([^`]*)`", cells[0])
        self.here = cells[1].strip("`")
        self.statements = re.findall(r"\d+", cells[2])
        self.met = set()


def rows_of(path):
    rows = []
    for line in open(path):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 4:
            rows.append(Row(cells))
    return rows


def row_for(rows, name):
    """(row, pattern) with the pattern that fits."""
    fitting = [(row, pattern) for row in rows for pattern in row.patterns
        if fnmatch.fnmatchcase(name, pattern)]
    if len(fitting) > 1:
        sys.exit(f"{name} has more than one row")
    return fitting[0] if fitting else (None, None)


def judge(check, found, rows):
    """What is wrong with a check on the mount; None: nothing."""
    row, pattern = row_for(rows, check.name)
    result, _, step = found.partition("\t")
    if not row:
        return f"{step}: {result}" if found else None
    row.met.add(pattern)
    if not found:
        return "is as anywhere else: its row of differences is to go"
    if fnmatch.fnmatchcase(result, row.here):
        return None
    return f"{step}: {result}, and its row says {row.here}"


def unused(rows, semantics):
    """Rows that no check needs, or that name no statement."""
    numbers = set(re.findall(r"^(\d+)\. ", semantics, re.M))
    for row in rows:
        for pattern in row.patterns:
            if pattern not in row.met:
                yield f"{pattern}: a row of differences for no check"
        if not row.statements or not set(row.statements) <= numbers:
            yield f"{row.patterns[0]}: a row of differences without a statement"


def main():
    table, differences, reference, mount = sys.argv[1:]
    checks, rows, wrong = table_of(table), rows_of(differences), []
    semantics = open(os.path.join(os.path.dirname(differences), "semantics.md")).read()
    there, here = run_all(checks, reference), run_all(checks, mount)
    for check in checks:
        if there.get(check.name, "nothing"):
            wrong.append(f"{check.name}: the reference itself: {there.get(check.name)}")
        fault = judge(check, here.get(check.name, "nothing"), rows)
        if fault:
            wrong.append(f"{check.name}: {fault}")
    wrong += unused(rows, semantics)
    differing = sum(row_for(rows, check.name)[0] is not None for check in checks)
    print(*wrong, f"{len(checks)} checks, {differing} of them differ as documented", sep="\n")
    sys.exit(1 if wrong else 0)


main()
