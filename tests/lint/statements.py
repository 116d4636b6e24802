"""Each statement of docs/semantics.md has a test with its number; no test has another number."""
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path("tests/lib").resolve()))
import catalogue  # noqa: E402

DOCUMENT = pathlib.Path("docs/semantics.md")


def main():
    stated = [int(n) for n in re.findall(r"^(\d+)\. ", DOCUMENT.read_text(), re.MULTILINE)]
    proved = [(path, n) for path in catalogue.carriers() for n in catalogue.statements(path)]
    wrong = [f"{DOCUMENT}: {n} is there twice" for n in set(stated) if stated.count(n) > 1]
    wrong += [f"{DOCUMENT}: no test carries the number {n}"
              for n in stated if n not in {number for _, number in proved}]
    wrong += [f"{path}: there is no statement {n}"
              for path, n in proved if n not in stated]
    tests = {path for path, _ in proved}
    print("\n".join(wrong) or f"{len(stated)} statements, {len(tests)} tests")
    sys.exit(1 if wrong else 0)


main()
