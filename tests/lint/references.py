"""What docs/ names is there: files of the tree, and in two of the documents functions."""
import pathlib
import re
import sys

import source

PATH = re.compile(r"`((?:fs|supervisor|tests|docs)/[\w./-]+?)(?::\d+)?`")
FUNCTION = re.compile(r"`([a-z_0-9]+)\(\)`")
OURS = ("docs/architecture.md", "docs/hacking.md")
FOREIGN = {"getaddrinfo", "openat2", "test", "x_locked"}


def functions():
    text = "".join(path.read_text() for path in source.files(".c", ".h"))
    return set(re.findall(r"\b([a-z_0-9]+)\(", text))


def main():
    wrong, count, known = [], 0, functions() | FOREIGN
    for document in sorted(pathlib.Path("docs").glob("*.md")):
        text = document.read_text()
        for path in PATH.findall(text):
            count += 1
            if not pathlib.Path(path).exists():
                wrong.append(f"{document}: there is no {path}")
        if str(document) not in OURS:
            continue
        for name in FUNCTION.findall(text):
            count += 1
            if name not in known:
                wrong.append(f"{document}: there is no function {name}()")
    print("\n".join(wrong) or f"{count} names")
    sys.exit(1 if wrong or not count else 0)


main()
