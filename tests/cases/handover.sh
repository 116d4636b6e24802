#!/bin/bash
# The filesystem process dies, and another serves the same mount on, in every bind mount and namespace.
# Statements: 35, 150, 232, 340, 341, 343, 345, 348.
if [ -z "${INSIDE:-}" ] && unshare -m true 2>/dev/null; then
	INSIDE=1 exec unshare -m -- "$0"
fi
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/successor.sh"
. "$TOP/tests/lib/events.sh"

requires "needs inotify-tools" command -v inotifywait
requires "needs root, to mount" [ "$(id -u)" = 0 ]
expect_log "killed by signal 9 .*; it is started again at once, and goes on with the mount"
allow_log "it is started again in [0-9]+ ms"
start_mount
in_mount 'echo old >key; mkdir dir; echo old >dir/file'
mkdir "$DIR/bind"
limit mount --bind "$MNT" "$DIR/bind"
unshare --mount --propagation private sleep 1000 &
COPY=$!
end_copy() { kill "$COPY" && wait "$COPY" || true; }
wait_until "the copy" grep -qs " $MNT " "/proc/$COPY/mountinfo"
differs() { [ "$(readlink "$1")" != "$(readlink "$2")" ]; }
wait_until "the namespace" differs "/proc/$COPY/ns/mnt" /proc/self/ns/mnt

# Readers by path, in each place, all the time: what fails, or is not as it was, is printed.
cat >"$DIR/reader.py" <<'END'
import errno, os, sys
place, stop, count, lost = sys.argv[1], sys.argv[2], 0, 0

def use(path, function):
    """What is open when the process dies is lost (341), but a path is never."""
    global lost
    while True:
        file = os.open(path, os.O_RDONLY)
        found = None
        for step in (lambda: function(file), lambda: os.close(file)):
            try:
                found = found or step()
            except OSError as error:
                if error.errno != errno.ESTALE:
                    raise
                lost += 1
        if found:
            return found

while not os.path.exists(stop):
    found = (use(place + "/key", lambda file: os.read(file, 100)), os.stat(place + "/dir/file").st_size,
             use(place, lambda file: sorted(os.listdir(file))))
    if found != (b"old\n", 4, [".role", "dir", "key"]):
        sys.exit(f"{place}: after {count} reads: {found}")
    count += 1
if not count or lost > 50:
    sys.exit(f"{place}: {count} reads, {lost} lost")
END
readers=()
for place in "$MNT" "$DIR/bind"; do
	python3 "$DIR/reader.py" "$place" "$DIR/stop" &
	readers+=($!)
done
nsenter -t "$COPY" -m python3 "$DIR/reader.py" "$MNT" "$DIR/stop" &
readers+=($!)

# What is open when the process dies.
cat >"$DIR/holder.py" <<'END'
import errno, os, select, sys, threading
def ending(function, *args):
    try:
        function(*args)
        return "done"
    except OSError as error:
        return errno.errorcode[error.errno]
number = os.stat("dir/file").st_ino, os.stat(".").st_ino, os.stat(".role").st_ino
root = os.open(".", os.O_RDONLY)
directory = os.open("dir", os.O_RDONLY)
reader, writer = os.open("key", os.O_RDONLY), os.open("key", os.O_WRONLY)
clean = os.open("key", os.O_WRONLY)
role, stream = os.open(".role", os.O_RDONLY), os.open(".etcd/watch", os.O_RDONLY)
os.read(reader, 1)
os.write(writer, b"lost")
os.listdir(root)
found = {}
def wait():
    poll = select.poll()
    poll.register(role, select.POLLPRI)
    found["poll"] = bool(poll.poll(60000)) and "woken"
def read_stream():
    found["stream"] = ending(os.read, stream, 100)
waiters = [threading.Thread(target=wait), threading.Thread(target=read_stream)]
for waiter in waiters:
    waiter.start()
print("open", flush=True)
sys.stdin.readline()
found |= {
    "read": ending(os.pread, reader, 10, 0), "write": ending(os.pwrite, writer, b"x", 0),
    "fsync": ending(os.fsync, writer), "close": ending(os.close, writer),
    "close of a clean one": ending(os.close, clean), "fstat": ending(os.fstat, reader),
    "list": ending(os.listdir, root), "role": ending(os.pread, role, 10, 0),
    "below": ending(lambda: os.open("file", os.O_RDONLY, dir_fd=directory)),
    "from the root": ending(lambda: os.open("key", os.O_RDONLY, dir_fd=root))}
for waiter in waiters:
    waiter.join()
now = os.stat("dir/file").st_ino, os.stat(".").st_ino, os.stat(".role").st_ino
found["numbers"] = now[0] > number[0] and now[1:] == number[1:]
print(*(f"{key}: {value}" for key, value in sorted(found.items())), sep="\n", flush=True)
END
mkfifo "$DIR/go"
in_mount 'exec python3 "$DIR/holder.py"' <>"$DIR/go" >"$DIR/found" &
holder=$!
wait_until "the holder" grep -q open "$DIR/found"
in_poll() { grep -q poll "/proc/$1/task/"*/wchan; }
wait_until "its poll" eval 'in_poll "$(pgrep -f "python3 $DIR/holder.py\$" | tail -n 1)"'
watch w "$MNT"

mounts=$(mount_of "$MNT" && mount_of "$DIR/bind")
etcd=$(etcd_pid)
replace_filesystem
echo go >"$DIR/go"
check "the holder" wait "$holder"
equal "what was open" "open
below: ESTALE
close: ESTALE
close of a clean one: ESTALE
from the root: done
fstat: ESTALE
fsync: ESTALE
list: ESTALE
numbers: True
poll: woken
read: ESTALE
role: ESTALE
stream: ESTALE
write: ESTALE" "$(cat "$DIR/found")"
equal "what was not published" old "$(value_of key)"
equal "the same mounts" "$mounts" "$(mount_of "$MNT" && mount_of "$DIR/bind")"
equal "the same etcd" "$etcd" "$(etcd_pid)"

# A supervisor that is stopped cannot be told who polls, and nobody waits for that.
cat >"$DIR/poller.py" <<'END'
import os, select
for _ in range(500):
    with open(".role") as role:
        poll = select.poll()
        poll.register(role, select.POLLPRI)
        poll.poll(1)
END
freeze "$PID"
check "polls while the supervisor is stopped" in_mount 'exec timeout 20 python3 "$DIR/poller.py"'
kill -CONT "$PID"

for _ in 1 2 3; do replace_filesystem; done
touch "$DIR/stop"
for reader in "${readers[@]}"; do
	check "a reader" wait "$reader"
done

# A watch of the root goes on, and a new one is as good as ever.
step w "an event in the root" "$(changed key)" ctl put key new
watch v "$MNT/dir"
FENCES_IN=dir/ step v "an event in a directory" "$(changed dir/file)" ctl put dir/file new
end_watchers
end_copy
limit umount "$DIR/bind"
stop_mount umount
