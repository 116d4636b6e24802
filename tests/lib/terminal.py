"""Types at a program that wants a terminal: terminal.py WAIT TYPE [WAIT TYPE]... -- COMMAND...

Each TYPE (with \\r, \\x18 and the like) is typed when the regular expression WAIT has come since
the last; the status is COMMAND's.
"""
import os
import pty
import re
import select
import sys

LIMIT_S = 50


def until(terminal, wait, limit_s=LIMIT_S):
    """Reads until the regular expression, of bytes, has come; returns its match."""
    seen = b""
    while not (match := re.search(wait, seen)):
        if not select.select([terminal], [], [], limit_s)[0]:
            sys.exit(f"{wait!r} did not come, but {seen!r}")
        try:
            seen += os.read(terminal, 4096)
        except OSError:
            sys.exit(f"{wait!r} did not come, but the end after {seen!r}")
    return match


def rest(terminal):
    try:
        while os.read(terminal, 4096):
            pass
    except OSError:
        pass


def main():
    end = sys.argv.index("--")
    steps, command = sys.argv[1:end], sys.argv[end + 1:]
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "vt100"
        os.execvp(command[0], command)
    for wait, text in zip(steps[::2], steps[1::2]):
        until(terminal, wait.encode())
        os.write(terminal, text.encode().decode("unicode_escape").encode())
    rest(terminal)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


if __name__ == "__main__":
    main()
