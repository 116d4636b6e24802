"""Where the project's own C files are, and their lines without comments and strings."""
import pathlib
import re

FOLDERS = ("fs", "supervisor", "tests")


def files(*suffixes):
    """Every source file with one of the suffixes, as paths from the root, sorted."""
    found = []
    for folder in FOLDERS:
        for path in sorted(pathlib.Path(folder).rglob("*")):
            if path.suffix in suffixes:
                found.append(path)
    if not found:
        raise SystemExit("no source files found: not run from the root of the tree")
    return found


def bare(text):
    """The text with comments and literals blanked, its lines and columns kept."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)
