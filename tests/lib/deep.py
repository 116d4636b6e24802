"""Keys with more slashes than there can be directories: deep.py RUN MOUNTPOINT FILESYSTEM_PID."""
import errno
import os
import sys

import kv

DEPTH = 2048  # KEY_DEPTH_MAX
MOST = 256 << 20  # bytes of memory for two keys of a million slashes; a node for each were 650 MB


def equal(what, expected, actual):
    if expected != actual:
        sys.exit(f"{what}: expected {expected!r}, got {actual!r}")


def memory(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmRSS"))


def walk(names):
    """A descriptor of the directory: no path is so long."""
    at = os.open(".", os.O_PATH)
    for name in names:
        below = os.open(name, os.O_PATH | os.O_DIRECTORY, dir_fd=at)
        os.close(at)
        at = below
    return at


def read(name, at):
    with open(os.open(name, os.O_RDONLY, dir_fd=at), "rb") as file:
        return file.read()


def write(name, at, value, flags):
    with open(os.open(name, os.O_WRONLY | flags, 0o666, dir_fd=at), "wb") as file:
        file.write(value)


def failure(do, *args, **kwargs):
    try:
        do(*args, **kwargs)
    except OSError as error:
        return error.errno
    return None


def deepest(etcd):
    """All that can be done with files in the deepest directory, whatever slashes they have."""
    top = b"d/" * DEPTH
    etcd.put(top + b"x", b"one")
    etcd.put(top + b"x/y/", b"two")
    etcd.put(top + b"%2F", b"three")
    at = walk([b"d"] * DEPTH)
    equal("listed", ["%252F", "x", "x%2Fy%2F"], sorted(names(at)))
    equal("read", [b"one", b"two", b"three"],
          [read(name, at) for name in (b"x", b"x%2Fy%2F", b"%252F")])
    write(b"x", at, b"new", os.O_TRUNC)
    write(b"x%2Fy%2F", at, b"+", os.O_APPEND)
    write(b"made%2F", at, b"made", os.O_CREAT | os.O_EXCL)
    os.rename(b"x%2Fy%2F", b"moved", src_dir_fd=at, dst_dir_fd=at)
    os.rename(b"moved", b"x%2Fz", src_dir_fd=at, dst_dir_fd=at)
    equal("a directory too many", errno.ENAMETOOLONG, failure(os.mkdir, b"x2", dir_fd=at))
    os.mkdir("r")
    equal("one that moves there", errno.ENAMETOOLONG,
          failure(os.rename, b"r", b"r", dst_dir_fd=at))
    os.rmdir("r")
    equal("in etcd", {top + b"x": b"new", top + b"x/z": b"two+", top + b"%2F": b"three",
                      top + b"made/": b"made"}, etcd.all())
    for name in names(at):
        os.unlink(name, dir_fd=at)
    equal("removed", {top: b""}, etcd.all())
    os.close(at)
    etcd.delete(top)


def names(at):
    within = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=at)
    found = os.listdir(within)
    os.close(within)
    return found


def main():
    run, mountpoint, pid = sys.argv[1:]
    etcd = kv.KV(run)
    os.chdir(mountpoint)
    deepest(etcd)
    before = memory(pid)
    for letter in b"ab":
        etcd.put(bytes([letter]) + b"/" * 1000000, b"x")
    equal("their directories", True, os.path.isdir("a/%empty") and os.path.isdir("b/%empty/%empty"))
    grown = memory(pid) - before
    equal(f"{grown} bytes more are less than {MOST}", True, grown < MOST)
    for letter in b"ab":
        etcd.delete(bytes([letter]) + b"/" * 1000000)
    equal("no directory is left", [".role"], os.listdir("."))


main()
