"""docs/pitfalls.md: 28 rows, each with tests that exist and numbers that docs/semantics.md has."""
import pathlib
import re
import sys

ROWS = 28


def numbers(text):
    """Those of "1, 3 to 5, 9"."""
    found = set()
    for first, last in re.findall(r"(\d+)(?: to (\d+))?", text):
        found.update(range(int(first), int(last or first) + 1))
    return found


def check(row, promised, folders):
    number, _, _, statements, tests = row
    wrong = [f"no statement {n}" for n in sorted(numbers(statements) - promised)]
    names = re.findall(r"`([^`]+)`", tests)
    wrong += [f"no test {name}" for name in names
              if not any((folder / name).is_file() for folder in folders)]
    if not names or not numbers(statements):
        wrong.append("no test, or no statement")
    return [f"docs/pitfalls.md: {number}: {text}" for text in wrong]


def main():
    unit = pathlib.Path("tests/unit")
    folders = [pathlib.Path("tests/cases"), pathlib.Path("tests/fuzz"), unit,
               *(path for path in unit.rglob("*") if path.is_dir())]
    semantics = pathlib.Path("docs/semantics.md").read_text()
    promised = {int(n) for n in re.findall(r"^(\d+)\. ", semantics, re.M)}
    text = pathlib.Path("docs/pitfalls.md").read_text()
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")]
            for line in text.splitlines() if re.match(r"\| \d", line)]
    wrong = [line for row in rows for line in check(row, promised, folders)]
    if [row[0] for row in rows] != [str(i + 1) for i in range(ROWS)]:
        wrong.append(f"docs/pitfalls.md: not the rows 1 to {ROWS}")
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


main()
