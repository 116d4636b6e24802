"""Puts an automount trigger on a directory, as systemd does, and has a command mount on it.

    automounter.py DIRECTORY COMMAND...

Whoever enters DIRECTORY waits until COMMAND has ended, and gets ENOENT if it has failed. Its status
is a line on stdout; the first line, when the trigger is there, is "ready".
"""
import ctypes
import fcntl
import os
import struct
import subprocess
import sys

READY, FAIL = 0x9360, 0x9361 # AUTOFS_IOC_READY and AUTOFS_IOC_FAIL of <linux/auto_fs.h>
MISSING = 5 # autofs_ptype_missing_direct

directory, command = sys.argv[1], sys.argv[2:]
os.setpgid(0, 0)
packets, kernel = os.pipe()
options = f"fd={kernel},pgrp={os.getpgrp()},minproto=5,maxproto=5,direct"
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b"case", directory.encode(), b"autofs", 0, options.encode()) < 0:
    sys.exit(f"autofs on {directory}: {os.strerror(ctypes.get_errno())}")
os.close(kernel)
trigger = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
print("ready", flush=True)
while packet := os.read(packets, 4096):
    _, kind, token = struct.unpack_from("iiI", packet)
    if kind != MISSING:
        sys.exit(f"packet of an unknown kind: {kind}")
    status = subprocess.call(command, stdin=subprocess.DEVNULL)
    print(status, flush=True)
    fcntl.ioctl(trigger, FAIL if status else READY, token)
