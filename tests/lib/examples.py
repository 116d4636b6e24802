"""Runs the commands that a document shows, in its order, and compares what they show:

    examples.py README.md|PAGE.N DIRECTORY

Examples are what Markdown indents by four spaces, and what is between .EX and .EE in a man page.
A command begins with "$ ", and goes on in the next line if it ends in a backslash; what follows is
what it shows, and "..." stands for anything. One bash runs all of them, and begins in DIRECTORY.
A file that is shown by cat, and is not there, is made as it is shown.
"""
import os
import re
import select
import subprocess
import sys
import time

MARK = "--- status "
LIMIT_S = 600
ROFF = {r"\-": "-", r"\e": "\\", r"\(aq": "'", r"\&": ""}


def markdown_lines(text):
    """The lines of the examples; None where text comes between them."""
    for line in text.splitlines():
        if line.startswith("    "):
            yield line[4:]
        elif line.strip():
            yield None


def roff_shown(block):
    """A block of a man page as its reader sees it."""
    return re.sub(r"\\(-|e|\(aq|&)", lambda m: ROFF[m.group()], block)


def roff_lines(text):
    for block in re.findall(r"^\.EX\n(.*?)^\.EE\n", text, re.M | re.S):
        yield from roff_shown(block).splitlines()
        yield None


def steps_of(lines):
    """[command, the lines that it shows] of each command."""
    steps, shows, goes_on = [], False, False
    for line in lines:
        if line is None:
            shows = False
        elif goes_on:
            steps[-1][0] += line.strip()
        elif line.startswith("$ "):
            steps.append([line[2:], []])
            shows = True
        elif shows and line.strip():
            steps[-1][1].append(line)
        goes_on = bool(steps) and shows and not steps[-1][1] and steps[-1][0].endswith("\\")
        if goes_on:
            steps[-1][0] = steps[-1][0][:-1]
    return steps


class Shell:
    def __init__(self, directory):
        self.bash = subprocess.Popen(["bash"], cwd=directory, stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, command):
        """(status, what it has shown)"""
        script = f'{{ {command}\n}} </dev/null; echo "{MARK}$?"\n'
        self.bash.stdin.write(script.encode())
        self.bash.stdin.flush()
        said, end = "", re.compile(re.escape(MARK) + r"(\d+)\n")
        while not end.search(said):
            ready = select.select([self.bash.stdout], [], [], LIMIT_S)[0]
            read = os.read(self.bash.stdout.fileno(), 65536) if ready else b""
            if not read:
                sys.exit(f"'{command}': {'the shell ended' if ready else 'hangs'} after: {said}")
            said += read.decode()
        found = end.search(said)
        return int(found[1]), said[:found.start()]


def patiently(shell, command):
    """An event that is just being made keeps the mount busy; and etcd is late on a busy machine."""
    for _ in range(600):
        status, said = shell.run(command)
        late = command.endswith("/.role") and said in ("offline\n", "candidate\n")
        if not late and "target is busy" not in said:
            break
        time.sleep(0.05)
    return status, said


def make_shown_file(command, shown):
    name = re.fullmatch(r"cat (/\S+)", command)
    if name and shown and not os.path.exists(name[1]):
        with open(name[1], "w", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in shown))


def main():
    document, directory = sys.argv[1:]
    with open(document, encoding="utf-8") as file:
        text = file.read()
    steps = steps_of((markdown_lines if document.endswith(".md") else roff_lines)(text))
    if len(steps) < 4:
        sys.exit(f"only {len(steps)} commands in {document}: do they begin with '$ '?")
    shell = Shell(directory)
    for command, shown in steps:
        make_shown_file(command, shown)
        status, said = patiently(shell, command)
        if status:
            sys.exit(f"'{command}': status {status}: {said}")
        lines = said.rstrip("\n").split("\n") if said.strip() else []
        lines = [line for line in lines if line.strip()]
        if shown and shown != ["..."] and lines != shown:
            sys.exit(f"'{command}': {document} shows {shown}, it says {lines}")
        print("ok:", command)


if __name__ == "__main__":
    main()
