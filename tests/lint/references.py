"""What docs/ names is there: files of the tree, and in two of the documents functions. And each
C file of the product stands in architecture.md, in the paragraph of its folder; and each block of
commands in the man page that has a name is run by a case."""
import pathlib
import re
import sys

import source

PATH = re.compile(r"`((?:fs|supervisor|tests|docs)/[\w./-]+?)(?::\d+)?`")
FUNCTION = re.compile(r"`([a-z_0-9]+)\(\)`")
OURS = ("docs/architecture.md", "docs/hacking.md")
FOREIGN = {"getaddrinfo", "openat2", "test", "x_locked"}
FILES = pathlib.Path("docs/architecture.md")
FOLDER = re.compile(r"\*\*`([a-z/]+)`\*\*:\s")
FILE = re.compile(r"`([a-z_0-9]+\.c)`:\s")
PAGE = pathlib.Path("docs/etcdfs.8.in")
BLOCK = re.compile(r'^\.\\" RUN (\S+)$', re.MULTILINE)


def functions():
    text = "".join(path.read_text() for path in source.files(".c", ".h"))
    return set(re.findall(r"\b([a-z_0-9]+)\(", text))


def files_wrong():
    """What is too much and what is missing in the section that has a paragraph for each folder."""
    section = FILES.read_text().partition("\n## The files\n")[2].partition("\n## ")[0]
    told = set()
    for paragraph in section.split("\n\n"):
        folder = FOLDER.match(paragraph.strip())
        if folder:
            told |= {f"{folder[1]}/{name}" for name in FILE.findall(paragraph)}
    there = {str(path) for path in source.files(".c") if path.parts[0] != "tests"}
    return ([f"{FILES}: there is no {path}" for path in sorted(told - there)]
            + [f"{FILES}: {path} is missing in \"The files\"" for path in sorted(there - told)])


def blocks_wrong():
    """The named blocks of the man page (tests/lib/page.py) that no case runs."""
    paths = [*pathlib.Path("tests/cases").glob("*.sh"), pathlib.Path("tests/lib/machines.sh")]
    run = set(re.findall(r"\b(?:page|block) ([a-z]+)", "".join(p.read_text() for p in paths)))
    named = BLOCK.findall(PAGE.read_text())
    return [f"{PAGE}: no case runs the block {name}" for name in named if name not in run]


def main():
    wrong, count, known = files_wrong() + blocks_wrong(), 0, functions() | FOREIGN
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
