"""Every unit test and every case is named in a meson.build: one that never runs proves nothing.

A case runs by its path as well."""
import os
import pathlib
import sys


def missing(pattern, build_file, name_of):
    text = pathlib.Path(build_file).read_text()
    found = sorted(pathlib.Path("tests").glob(pattern))
    if not found:
        return [f"tests/{pattern}: no file at all"]
    return [f"{path} is not in {build_file}" for path in found if name_of(path) not in text]


def main():
    wrong = missing("unit/**/test_*.c", "tests/unit/meson.build",
                    lambda path: f"'{path.relative_to('tests/unit')}'")
    wrong += missing("cases/*.sh", "tests/cases/meson.build", lambda path: f"'{path.stem}'")
    for path in sorted(pathlib.Path("tests").glob("cases/*.sh")):
        second = path.read_text().splitlines()[1]
        if not second.startswith("# ") or len(second) < 20:
            wrong.append(f"{path}: line 2 does not say what the case proves")
        if not os.access(path, os.X_OK):
            wrong.append(f"{path}: cannot be executed")
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


main()
