"""A process is stopped, and stands before the caller goes on: freeze(pid)."""
import glob
import os
import signal
import time


def state(task):
    try:
        with open(task) as file:
            return file.read().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return "X"


def freeze(pid):
    """A thread that is running takes the signal a moment later, and might do more in it; one that
    waits for a disk or a lock of the kernel's takes it before it runs again."""
    os.kill(pid, signal.SIGSTOP)
    while True:
        states = {state(task) for task in glob.glob(f"/proc/{pid}/task/*/stat")}
        if "T" in states and states <= set("TDZX"):
            return
        time.sleep(0.001)
