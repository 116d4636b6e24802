"""Does with locks of a file what its arguments say, in order, and prints what each has given.

lock.py FILE STEP...   The steps:

  open:MODE              another descriptor, of python's MODE; the steps after it use this one
  use:N                  the steps after it use the Nth descriptor, from 0 on
  close                  closes the present one
  ex, sh, un             flock(2); with `-nb` at the end it does not wait
  setlk:TYPE:FIRST:LEN   fcntl(2), TYPE r, w or u; setlkw waits, getlk asks; with ofd_ before it:
                         of the open file description
  read, write:TEXT       the whole file; from its beginning, without a flush to disk or a close
  pread:AT:LEN           without a new snapshot
  say:NAME, await:NAME   makes the file NAME in $DIR, with the process's number; waits for it
  fork:NAME              a child that keeps the descriptors until NAME is in $DIR
  unlink, rename:NAME    the file, in its directory
  pause                  until a signal
"""
import errno
import fcntl
import os
import signal
import struct
import sys
import time

FLOCK = {"ex": fcntl.LOCK_EX, "sh": fcntl.LOCK_SH, "un": fcntl.LOCK_UN, "odd": 0x60}
TYPES = {"r": fcntl.F_RDLCK, "w": fcntl.F_WRLCK, "u": fcntl.F_UNLCK}
COMMANDS = {"setlk": fcntl.F_SETLK, "setlkw": fcntl.F_SETLKW, "getlk": fcntl.F_GETLK,
            "ofd_setlk": 37, "ofd_setlkw": 38, "ofd_getlk": 36}
SHAPE = "hhqqi4x"
path, fds, use = sys.argv[1], [], 0


def await_file(name):
    while not os.path.exists(f"{os.environ['DIR']}/{name}"):
        time.sleep(0.01)


def fcntl_lock(command, kind, first, length):
    wish = struct.pack(SHAPE, TYPES[kind], os.SEEK_SET, int(first), int(length), 0)
    answer = struct.unpack(SHAPE, fcntl.fcntl(fds[use], COMMANDS[command], wish))
    if not command.endswith("getlk"):
        return "ok"
    names = {value: name for name, value in TYPES.items()}
    if answer[0] == fcntl.F_UNLCK:
        return "free"
    return f"{names[answer[0]]}:{answer[2]}:{answer[3]} pid {answer[4]}"


def step(name, *words):
    global use
    fd = fds[use] if fds else -1
    if name == "open":
        flags = {"r": os.O_RDONLY, "r+": os.O_RDWR, "w": os.O_WRONLY | os.O_TRUNC}
        fds.append(os.open(path, flags[words[0]]))
        use = len(fds) - 1
    elif name == "use":
        use = int(words[0])
    elif name == "close":
        os.close(fd)
    elif name in COMMANDS:
        return fcntl_lock(name, *words)
    elif name.removesuffix("-nb") in FLOCK:
        operation = FLOCK[name.removesuffix("-nb")]
        fcntl.flock(fd, operation | (fcntl.LOCK_NB if name.endswith("-nb") else 0))
    elif name == "read":
        return os.pread(fd, 1 << 20, 0).decode()
    elif name == "pread":
        return os.pread(fd, int(words[1]), int(words[0])).decode()
    elif name == "write":
        os.pwrite(fd, words[0].encode(), 0)
    elif name == "say":
        with open(f"{os.environ['DIR']}/{words[0]}", "w") as file:
            file.write(str(os.getpid()))
    elif name == "await":
        await_file(words[0])
    elif name == "fork":
        if os.fork() == 0:
            await_file(words[0])
            os._exit(0)
    elif name == "unlink":
        os.unlink(path)
    elif name == "rename":
        os.rename(path, f"{os.path.dirname(path)}/{words[0]}")
    elif name == "pause":
        signal.pause()
    else:
        raise SystemExit(f"no such step: {name}")
    return "ok"


# Python itself would repeat a call that was interrupted.
def stop(*_):
    raise InterruptedError(errno.EINTR, "interrupted")


signal.signal(signal.SIGUSR1, stop)


for argument in sys.argv[2:]:
    words = argument.split(":")
    try:
        print(step(*words), flush=True)
    except OSError as error:
        print(errno.errorcode[error.errno], flush=True)
