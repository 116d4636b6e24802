"""hold.py PID [stop]: holds a process as a debugger does, stopped or not, until its own stdin ends.

Says "held" when it does. What is killed meanwhile cannot be reaped by its parent.
"""

import ctypes
import os
import sys

PTRACE_SEIZE = 0x4206
PTRACE_INTERRUPT = 0x4207

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def trace(request, pid):
    if libc.ptrace(request, pid, None, None) < 0:
        sys.exit(f"hold.py: {os.strerror(ctypes.get_errno())}")


trace(PTRACE_SEIZE, int(sys.argv[1]))
if sys.argv[2:] == ["stop"]:
    trace(PTRACE_INTERRUPT, int(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
