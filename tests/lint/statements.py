"""Each statement of docs/semantics.md has a test that carries its number, and none carries others.

A test says which it proves in a comment: "Statements: 12, 18, 21-24." Tools and helpers of the
tests carry none.
"""
import pathlib
import re
import sys

DOCUMENT = pathlib.Path("docs/semantics.md")
TESTS = ["cases/*.sh", "unit/test_*.c", "model/*.py", "posix/*", "torture/*"]
LINE = re.compile(r"(?:#|\*) Statements: ([0-9, -]+)\.(?:$| \*/)", re.MULTILINE)


def numbers(words):
    for word in words.split(","):
        first, _, last = word.strip().partition("-")
        yield from range(int(first), int(last or first) + 1)


def proofs():
    """(file, number) of each number that a test carries."""
    for pattern in TESTS:
        for path in sorted(pathlib.Path("tests").glob(pattern)):
            if path.is_file():
                for match in LINE.finditer(path.read_text()):
                    yield from ((path, number) for number in numbers(match[1]))


def main():
    stated = [int(n) for n in re.findall(r"^(\d+)\. ", DOCUMENT.read_text(), re.MULTILINE)]
    proved = list(proofs())
    wrong = [f"{DOCUMENT}: {n} is there twice" for n in set(stated) if stated.count(n) > 1]
    wrong += [f"{DOCUMENT}: no test carries the number {n}"
              for n in stated if n not in {number for _, number in proved}]
    wrong += [f"{path}: there is no statement {n}"
              for path, n in proved if n not in stated]
    tests = {path for path, _ in proved}
    print("\n".join(wrong) or f"{len(stated)} statements, {len(tests)} tests")
    sys.exit(1 if wrong else 0)


main()
