"""What a process reads of what it has written, and what another process does."""
import subprocess
import sys
import threading

# Started before anything is open: a close of what it would inherit would publish.
shell = subprocess.Popen(["bash", "-c", "while read -r name; do cat $name; echo .; done"],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def read(name="key"):
    with open(name) as file:
        return file.read()


def others(name="key"):
    shell.stdin.write(name + "\n")
    shell.stdin.flush()
    return "".join(iter(shell.stdout.readline, ".\n"))


def in_thread(function):
    result = []
    thread = threading.Thread(target=lambda: result.append(function()))
    thread.start()
    thread.join()
    return result[0]


def equal(what, want, have):
    if want != have:
        sys.exit(f"{what}: expected {want!r}, got {have!r}")
