"""The tests, what each proves, and the statements of docs/semantics.md whose numbers it carries.

A test says which statements it proves in a comment: "Statements: 12, 18, 21-24." Its first comment
says what it is about.

    catalogue.py                 a line for each test: its name, its statements, what it proves
    catalogue.py --statement N   the names of the tests that prove statement N
"""
import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
# Where tests are, and what of a file's name is not the name of the test in meson.
KINDS = [("cases/*.sh", ""), ("unit/**/test_*.c", "test_"), ("model/test_*.py", "test_"),
         ("check/test_*.py", "test_")]
# Not run as tests of their own: a library that is the body of some cases, or a command.
PARTS = ["model/*.py", "posix/*", "torture/*.sh", "package/run"]
LINE = re.compile(r"(?:#|\*) ?(?:.*[.!?] )?Statements: ([0-9, -]+)\.(?:$| \*/)", re.MULTILINE)


def numbers(words):
    """Those of "1, 3-5, 9"."""
    for word in words.split(","):
        first, _, last = word.strip().partition("-")
        yield from range(int(first), int(last or first) + 1)


def statements(path):
    """The numbers that a test's file carries."""
    return [n for words in LINE.findall(path.read_text()) for n in numbers(words)]


def tests():
    """(name, path) of each test that `meson test` knows by that name."""
    for pattern, prefix in KINDS:
        for path in sorted(TESTS.glob(pattern)):
            name = path.stem[len(prefix):] if path.stem.startswith(prefix) else path.stem
            yield name, path


def carriers():
    """Every file that may carry numbers."""
    paths = {path for _, path in tests()}
    for pattern in PARTS:
        paths.update(path for path in TESTS.glob(pattern) if path.is_file())
    return sorted(paths)


def purpose(path):
    """The first sentence of a test's file."""
    for line in path.read_text().splitlines():
        words = re.sub(r'^(#!.*|"""|/\*|#| \*)|"""$|\*/$', "", line).strip()
        if words and not words.startswith("include"):
            return words
    return ""


def ranges(found):
    """1, 2, 3, 5 as "1-3, 5"."""
    spans = []
    for n in sorted(set(found)):
        if spans and spans[-1][1] == n - 1:
            spans[-1][1] = n
        else:
            spans.append([n, n])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)


def main(arguments):
    if arguments[:1] == ["--statement"]:
        wanted = int(arguments[1])
        print(*[name for name, path in tests() if wanted in statements(path)], sep="\n")
        return
    for name, path in tests():
        print(f"{name}\t{ranges(statements(path)) or '-'}\t{purpose(path)}")


if __name__ == "__main__":
    main(sys.argv[1:])
