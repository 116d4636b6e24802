#!/bin/bash
# Calls that are under way when the filesystem process dies: reads are served, a change is made once or is unknown.
# Statements: 25, 342, 346, 347.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/successor.sh"

requires "needs root, to see who waits" [ "$(id -u)" = 0 ]
allow_log "filesystem|etcd"
expect_log "no filesystem process goes on with the mount"
start_mount -o timeout=20
in_mount 'echo old >key; echo old >locked; mkdir dir; echo old >dir/key
	mkdir -p one/empty two; echo 1 >two/a; echo 2 >two/b'

# begin NAME PYTHON: evaluates it in the mount, in the background, once let_go NAME allows it. ends NAME HOW:
# its value, or its error. (A shell asks for attributes of its own.)
cat >"$DIR/call.py" <<'END'
import errno, fcntl, os, sys, time
name, call = sys.argv[1:]
paths = {"close": "dir/key", "unlock": "locked"}
if name in paths:
    file = os.open(paths[name], os.O_WRONLY | os.O_APPEND)
    if name == "unlock":
        fcntl.flock(file, fcntl.LOCK_EX)
    os.write(file, b"more")
open(f"{os.environ['DIR']}/in.{name}", "w").close()
while not os.path.exists(f"{os.environ['DIR']}/go.{name}"):
    time.sleep(0.02)
try:
    print(eval(call))
except OSError as error:
    print(errno.errorcode[error.errno])
END
begin() {
	rm -f "$DIR/in.$1" "$DIR/go.$1"
	in_mount 'exec python3 "$DIR/call.py" "$@"' "$@" >"$DIR/out.$1" 2>&1 &
	eval "call_$1=$!"
	wait_until "$1" test -e "$DIR/in.$1"
}
let_go() {
	local name
	for name; do
		touch "$DIR/go.$name"
	done
}
ends() {
	local call=call_$1
	wait "${!call}" || true
	equal "$1" "$2" "$(cat "$DIR/out.$1")"
}
# wait_for N: do so many of the case's processes wait for an answer?
wait_for() {
	local pid count=0
	for pid in $(marked_processes); do
		! grep -q '^request_wait_answer\|^fuse' "/proc/$pid/wchan" || count=$((count + 1))
	done
	[ "$count" -ge "$1" ]
}

# etcd stands still, so the process has taken them, and can answer none.
etcd=$(etcd_pid)
begin cat 'open("key").read().strip()'
begin list 'os.listdir("dir")'
begin mkdir 'os.mkdir("made")' # the kernel asks first whether there is such a name
begin rmdir 'os.rmdir("one/empty")'
begin rename 'os.rename("two/a", "two/b")'
begin close 'os.close(file)'
begin unlock 'fcntl.flock(file, fcntl.LOCK_UN)'
freeze "$etcd"
let_go rmdir # before a rename: names are then confirmed
wait_until "the request" wait_for 1
let_go rename
wait_until "the request" wait_for 2
let_go cat list mkdir close unlock
wait_until "the requests" wait_for 7
old=$(fs_pid)
kill -KILL "$old"
wait_until "its end" is_gone "$old"
kill -CONT "$etcd"
ends cat old
ends list "['key']"
ends mkdir None
for call in rmdir rename close unlock; do
	ends "$call" ETIMEDOUT
done
# The process stands still, so it has taken none: they are done, once.
old=$(fs_pid)
begin mkdir 'os.mkdir("later") or os.mkdir("later/again") or os.rename("later/again", "later/moved")'
begin cat 'open("key").read().strip()'
freeze "$old"
let_go mkdir cat
wait_until "the requests" wait_for 2
kill -KILL "$old"
ends mkdir None
ends cat old
equal "what it made" "later/moved/" "$(keys later/moved)"

# An end while there is no process.
freeze "$PID"
kill -KILL "$(fs_pid)"
kill -TERM "$PID"
kill -CONT "$PID"
check "the end" ended
nothing_left

start_mount -o timeout=20 # whose deaths are counted anew

# Several successors in a row die early: they may die of what they are asked, so it is not asked for ever.
begin cat 'open("key").read().strip()'
etcd=$(etcd_pid)
freeze "$etcd"
let_go cat
wait_until "the request" wait_for 1
# A process that serves has a second thread.
serves() { [ "$(fs_pid)" != "$1" ] && [ "$(find "/proc/$(fs_pid)/task" -mindepth 1 -maxdepth 1 | wc -l)" -gt 1 ]; }
serves_or_over() { [ -s "$DIR/out.cat" ] || serves "$old"; }
deaths=0
until [ -s "$DIR/out.cat" ]; do
	old=$(fs_pid)
	kill -KILL "$old"
	deaths=$((deaths + 1))
	wait_until "a successor" serves_or_over
done
equal "deaths until an error ($(cat "$DIR/out.cat"))" 4 "$deaths"
kill -CONT "$etcd"
wait "$call_cat" || true
check "an error ($(cat "$DIR/out.cat"))" grep -qE "ENOTCONN|ECONNABORTED" "$DIR/out.cat"
wait_until "the mount to work" in_mount '[ "$(cat key)" = old ]'

# No successor can be started: the supervisor has no descriptors left for it.
cat >"$DIR/starve.py" <<'END'
import os, resource, sys
supervisor, filesystem = int(sys.argv[1]), sys.argv[2]
fds = {int(fd): os.readlink(f"/proc/{supervisor}/fd/{fd}") for fd in os.listdir(f"/proc/{supervisor}/fd")}
seqpackets = {line.split()[6] for line in open("/proc/net/unix") if line.split()[4] == "0005"}
def goes(fd, link):
    """Is it closed when the filesystem process is gone?"""
    info = open(f"/proc/{supervisor}/fdinfo/{fd}").read()
    return f"Pid:\t{filesystem}\n" in info or link[len("socket:["):-1] in seqpackets
stay = {fd for fd, link in fds.items() if not goes(fd, link)}
limit = max(fds) + 1
while limit - sum(fd < limit for fd in stay) > 3: # for a look at the mounts, and a socket pair
    limit -= 1
resource.prlimit(supervisor, resource.RLIMIT_NOFILE, (limit, 4096))
END
fs=$(fs_pid)
python3 "$DIR/starve.py" "$PID" "$fs"
kill -KILL "$fs"
fails "a call" "not connected|abort" in_mount 'cat key'
prlimit --pid "$PID" --nofile=4096
wait_until "the mount to work" in_mount '[ "$(cat key)" = old ]'

# And an umount.
fs=$(fs_pid)
freeze "$PID"
kill -KILL "$fs"
limit umount -l "$MNT"
kill -CONT "$PID"
check "the end after umount" ended
nothing_left
