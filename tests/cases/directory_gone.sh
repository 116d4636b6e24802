#!/bin/bash
# A directory is removed while it is open, watched or a working directory, and made again.
# Statements: 225, 236.
. "$(dirname "$0")/../lib/case.sh"

export RUN PYTHONPATH=$TOP/tests/lib

# judge OPTIONS
judge() {
	start_mount -o "$1"
	in_mount 'python3 -B -' <<'PYTHON' || die "$1"
import errno
import os
import threading
import time

from dirs import Stream
from kv import KV

kv = KV(os.environ["RUN"])
MOUNT = os.environ["MNT"]
GONE = (errno.ENOENT, errno.ESTALE)


def refused(function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except OSError as error:
        assert error.errno in GONE, f"{function.__name__}{args}: {error}"
    else:
        raise AssertionError(f"{function.__name__}{args} succeeded")


def refused_soon(function):
    """What the kernel answers by itself it answers otherwise when it has heard of the change, of
    which a lookup tells it at the latest."""
    for _ in range(2000):
        try:
            function()
        except OSError:
            break
        time.sleep(0.01)
    refused(function)


def remove_here():
    os.unlink(MOUNT + "/w/f")
    os.rmdir(MOUNT + "/w/sub")
    os.rmdir(MOUNT + "/w")


def remove_elsewhere():
    """While it is looked at: a lookup still finds it, and what then asks for it does not."""
    changes = [("w/f", None), ("w/sub/", None), ("w/", None)]
    remover = threading.Thread(target=kv.txn, args=(changes,))
    remover.start()
    while os.path.exists(MOUNT + "/w"):
        pass
    remover.join()


def judge(remove):
    os.makedirs(MOUNT + "/w/sub")
    os.close(os.open(MOUNT + "/w/f", os.O_CREAT))
    os.chdir(MOUNT + "/w")
    fd = os.open(".", os.O_RDONLY)
    fresh, begun = Stream("."), Stream(".")
    inode = os.fstat(fd).st_ino
    assert begun.read()[0] == "."
    remove()

    # What was opened before is read to its end, and has nothing after that.
    assert begun.names() == ["f", "sub"], "a listing that had begun"
    begun.rewind()
    assert begun.read() is None, "and begins again"
    assert fresh.names() in ([], ["f", "sub"]), "one that was only opened"
    status = os.fstat(fd)
    assert (status.st_nlink, status.st_ino) == (0, inode), status

    # There is nothing in it, and nothing can be made in it.
    for call, args in ((os.open, ("x", os.O_CREAT | os.O_WRONLY)), (os.mkdir, ("x",)),
                       (os.mknod, ("x",)), (os.unlink, ("f",)), (os.rmdir, ("sub",)),
                       (os.stat, ("f",))):
        refused(call, *args)
    assert not os.path.exists(MOUNT + "/w")
    refused_soon(os.getcwd)
    refused(os.mkdir, "x", dir_fd=fd)
    refused(os.open, "x", os.O_CREAT | os.O_WRONLY, dir_fd=fd)
    os.fsync(fd)

    # One of the same name is another.
    os.mkdir(MOUNT + "/w")
    os.close(os.open(MOUNT + "/w/new", os.O_CREAT))
    assert os.stat(MOUNT + "/w").st_ino != inode, "the same inode again"
    assert os.fstat(fd).st_nlink == 0
    refused(os.open, "new", os.O_RDONLY)
    refused(os.listdir, ".")
    os.chdir(MOUNT + "/w")
    assert os.listdir(".") == ["new"]
    os.chdir(MOUNT)
    os.close(fd)
    fresh.close()
    begun.close()
    os.unlink("w/new")
    os.rmdir("w")


judge(remove_here)
judge(remove_elsewhere)
assert os.listdir(".") == [".role"]
PYTHON
	stop_mount
}

for consistency in linearizable cached; do
	for inotify in on off; do
		judge "consistency=$consistency,inotify=$inotify"
	done
done

# A watch on it ends with it, and does not see the next of that name.
. "$TOP/tests/lib/events.sh"
requires "needs inotify-tools" command -v inotifywait
start_mount
in_mount 'mkdir fences d'
FENCES_IN=fences/
watch w "$MNT/fences" "$MNT/d"
step w "removed elsewhere" "DELETE_SELF d/? " ctl del d/
step w "and made again" "" ctl put d/x 1
in_mount 'mkdir e'
watch e "$MNT/fences" "$MNT/e"
step e "removed here" "DELETE_SELF e/? " in_mount 'rmdir e'
step e "and made again" "" in_mount 'mkdir e; echo x >e/f'
