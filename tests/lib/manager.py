"""A service manager's ear: writes down what services say to a notify socket, and who says it.

    manager.py SOCKET FILE MOUNTPOINT

Each assignment is a line "MS PID ASSIGNMENT". For READY=1, .role on the mountpoint is read first:
the line ends with what it says, or with "no answer".
"""
import os
import socket
import struct
import subprocess
import sys
import time

CREDENTIALS = "3i"


def answer(mountpoint):
    try:
        got = subprocess.run(["cat", mountpoint + "/.role"], capture_output=True, timeout=10,
                             check=True)
        return got.stdout.decode().strip()
    except (subprocess.SubprocessError, OSError):
        return "no answer"


def hear(server):
    words, ancillary, _, _ = server.recvmsg(4096, socket.CMSG_SPACE(struct.calcsize(CREDENTIALS)))
    return words.decode().splitlines(), struct.unpack(CREDENTIALS, ancillary[0][2])[0]


def main():
    path, said, mountpoint = sys.argv[1:]
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    server.bind(path.replace("@", "\0"))
    os.set_inheritable(server.fileno(), False)
    with open(said, "a", buffering=1) as file:
        while True:
            words, pid = hear(server)
            now = time.monotonic_ns() // 1000000
            for word in words:
                more = " " + answer(mountpoint) if word == "READY=1" else ""
                file.write(f"{now} {pid} {word}{more}\n")


main()
