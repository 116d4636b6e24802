"""No function over 60 lines, no file over 400 (tests 500), no line over 100 columns (shell 120)."""
import re
import sys

import source

FUNCTION, FILE, TEST_FILE, COLUMNS, SHELL_COLUMNS, TAB = 60, 400, 500, 100, 120, 8
# A function's body begins with a brace of its own, or ends a line that is not indented.
HEAD = re.compile(r"^([A-Za-z_][^;={}]*\([^;]*)$", re.S)


def functions(text):
    """(line, name, length) of every function: from its first line to its closing brace."""
    lines = source.bare(text).split("\n")
    start = None
    for number, line in enumerate(lines, 1):
        if re.match(r"[A-Za-z_]", line) and not line.rstrip().endswith((";", ":")):
            if start is None or not re.match(r"\s", lines[number - 2] or " "):
                start = number
        if line.startswith("}") and start:
            head = "\n".join(lines[start - 1:number]).split("{")[0].rstrip()
            name = re.search(r"(\w+)\s*\(", head)
            if name and HEAD.match(head):
                yield start, name.group(1), number - start + 1
            start = None


def width(line):
    return len(line.expandtabs(TAB))


def main():
    wrong, all_functions, all_files = [], [], []
    for path in source.files(".c", ".h", ".py", ".sh", ".proto"):
        text = path.read_text()
        length = text.count("\n")
        all_files.append((length, str(path)))
        limit = TEST_FILE if str(path).startswith("tests/") else FILE
        if length > limit:
            wrong.append(f"{path}: {length} lines, {limit} at most")
        columns = SHELL_COLUMNS if path.suffix == ".sh" else COLUMNS
        for number, line in enumerate(text.splitlines(), 1):
            if width(line) > columns:
                wrong.append(f"{path}:{number}: {width(line)} columns, {columns} at most")
        if path.suffix != ".c":
            continue
        for number, name, lines in functions(text):
            all_functions.append((lines, f"{path}:{number} {name}()"))
            if lines > FUNCTION:
                wrong.append(f"{path}:{number}: {name}() has {lines} lines, {FUNCTION} at most")
    print("\n".join(wrong))
    report("functions", all_functions)
    report("files", all_files)
    sys.exit(1 if wrong or not all_functions else 0)


def report(what, rows):
    rows.sort(reverse=True)
    if not rows:
        return
    median = rows[len(rows) // 2][0]
    print(f"{len(rows)} {what}, median {median} lines; the longest:")
    for lines, name in rows[:8]:
        print(f"  {lines:4} {name}")


main()
