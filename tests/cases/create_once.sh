#!/bin/bash
# A new file is one transaction: nobody elsewhere sees it before its value; how it ends if it cannot be made.
# Statements: 9, 13, 14-16, 171, 205, 206, 292-294.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/second.sh"
. "$TOP/tests/lib/events.sh"

requires "needs inotify-tools" command -v inotifywait
start_mount -o timeout=3
start_second
ETCD=$(etcd_pid)
FILESYSTEM=$(fs_pid)
export ETCD FILESYSTEM

# open_new NAME [FLAGS]: fd is a new file; then Python on the mount, from the standard input.
export PYTHONPATH=$TOP/tests/lib PYTHONDONTWRITEBYTECODE=1
python() { in_mount "python3 -c \"\$1\"" "import os, errno
from freeze import freeze
def open_new(name, flags=0): return os.open(name, os.O_RDWR | os.O_CREAT | flags)
def fails(number, function, *arguments):
    try: function(*arguments)
    except OSError as error: assert error.errno == number, error
    else: raise AssertionError('no error')
def there(name): return os.path.exists(name), name in os.listdir('.')
$1"; }
absent() {
	equal "$1: no key" "" "$(ctl get --keys-only "$1")"
	check "$1: not here" in_mount '! [ -e "$1" ] && ! ls | grep -qx "$1"' "$1"
	check "$1: not there" in_second '! [ -e "$1" ]' "$1"
}

# One revision, and nobody elsewhere sees an empty file.
in_second 'exec cat .etcd/watch' >"$DIR/stream" &
STREAM=$!
MNT_OF_EVENTS=$MNT_B
watch w -r "$MNT_B"
settle w
step w "the events elsewhere" "CREATE new MODIFY new CLOSE_WRITE new " in_mount 'echo v >new'
publishes 1 "a new file" 'echo v >second'
publishes 1 "appending to a new one" 'echo v >>third'
publishes 1 "writing and syncing" "python3 -c 'import os
fd = os.open(\"fourth\", os.O_WRONLY | os.O_CREAT); os.write(fd, b\"v\"); os.fsync(fd); os.close(fd)'"
publishes 1 "tee" "echo v | tee fifth >/dev/null"
wait_until "the stream" grep -q fifth "$DIR/stream"
equal "values in the stream" '"v\n"' \
	"$(jq -c 'select(.path | test("^(new|second|third|fifth)$")).value' "$DIR/stream" | sort -u)"
kill "$STREAM"

# To which nothing is written: it is made when it is released, or synced.
publishes 1 "an empty file" ': >empty; cat empty'
publishes 1 "made by touch" 'touch -d 2001-02-03 touched; [ "$(stat -c %Y touched)" = "$(date -d 2001-02-03 +%s)" ]'
publishes 2 "a copy of an empty file" 'cp -p touched copied; [ copied -ot empty ]'
publishes 1 "found again" ': >>empty; touch touched'
python 'fd = open_new("synced"); os.fsync(fd); os.fsync(fd)'
check "synced" in_second '[ -e synced ]'

# Until then it is on its mount alone, for all who are there.
publishes 1 "found here" 'exec 3>here; [ -e here ] && ls | grep -qx here && : >>here && [ "$(stat -c %s here)" = 0 ] &&
	! (set -C; : >here) 2>/dev/null && ! mkdir here 2>/dev/null && [ ! -e $MNT_B/here ] && echo x >&3'
equal "published" x "$(value_of here)"
python 'fd = open_new("key")
assert os.getxattr("key", "user.etcd.key") == b"key"
fails(errno.ENODATA, os.getxattr, "key", "user.etcd.mod_revision")
fails(errno.ECANCELED, os.setxattr, "key", "user.etcd.expect.1", b"no")
inode = os.fstat(fd).st_ino
os.write(fd, b"x"); os.fsync(fd)
assert os.stat("key").st_ino == inode and os.getxattr("key", "user.etcd.version") == b"1"'

# Names that come and go meanwhile, here.
publishes 0 "removed" 'exec 3>gone; rm gone; echo x >&3; exec 3>&-; [ ! -e gone ]'
publishes 1 "truncated by its name" 'exec 3>>cut; truncate -s 3 cut; exec 3>&-; [ "$(stat -c %s cut)" = 3 ]'
in_mount 'exec 3>old; mv old moved; echo x >&3; exec 3>&-; [ "$(cat moved)" = x ] && [ ! -e old ]'
in_mount 'echo y >src; exec 3>over; mv src over; echo x >&3; exec 3>&-; [ "$(cat over)" = y ]'
in_mount 'mkdir d; exec 3>d/f; ! rmdir d 2>/dev/null; mv d e; echo x >&3; exec 3>&-; [ "$(cat e/f)" = x ] && [ ! -e d ]'
in_mount 'exec 3>one; echo 2 >two; python3 "$1" one two exchange; echo x >&3; exec 3>&-
	[ "$(cat two)" = x ] && [ "$(cat one)" = 2 ]' "$TOP/tests/lib/rename.py"

# And elsewhere: it is one file.
python 'fd = open_new("shared", os.O_APPEND)
os.system("echo theirs >$MNT_B/shared"); os.write(fd, b"ours\n"); os.close(fd)
assert open("shared").read() == "theirs\nours\n"
fd = open_new("cut-here", os.O_TRUNC)
os.system("echo theirs >$MNT_B/cut-here"); os.write(fd, b"ours\n"); os.close(fd)
assert open("cut-here").read() == "ours\n"
fd = open_new("exclusive")
other = os.open(os.environ["MNT_B"] + "/exclusive", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
inode = os.fstat(fd).st_ino
os.write(other, b"theirs"); os.close(other); os.close(fd)
assert open("exclusive").read() == "theirs" and os.stat("exclusive").st_ino == inode'
for i in {1..20}; do
	in_mount 'echo a >>race-$1' "$i" & in_second 'echo b >>race-$1' "$i" & wait %- %+
	equal "race $i" $'a\nb' "$(value_of "race-$i" | sort)"
done

# What cannot be made is an error of the close, and nowhere afterwards.
python 'fd = open_new("estale")
os.system("echo 1 >$MNT_B/estale; rm $MNT_B/estale"); os.stat(".")
os.write(fd, b"x"); fails(errno.ESTALE, os.close, fd)'
absent estale
python 'fd = open_new("dir")
os.system("mkdir $MNT_B/dir")
os.write(fd, b"x"); fails(errno.ESTALE, os.close, fd)'
check "a directory" in_mount '[ -d dir ] && [ -z "$(ls dir)" ]'
in_mount 'mkdir parent'
python 'fd = open_new("parent/f")
os.system("rmdir $MNT_B/parent")
os.write(fd, b"x"); fails(errno.ESTALE, os.close, fd)'
absent parent
ctl put implicit/key x >/dev/null
python 'fd = open_new("implicit/f")
os.unlink(os.environ["MNT_B"] + "/implicit/key"); os.listdir("implicit")
os.rmdir(os.environ["MNT_B"] + "/implicit")
fails(errno.ESTALE, os.fsync, fd); os.close(fd)'
absent implicit
unwatch w

# Watchers here, who were told that the name came, are told that it is gone.
MNT_OF_EVENTS=$MNT
watch here "$MNT"
settle here
step here "too large" "CREATE large (MODIFY large )+CLOSE_WRITE large DELETE large " python 'fd = open_new("large")
os.write(fd, b"x"); fails(errno.EFBIG, os.pwrite, fd, b"x", 10000000); fails(errno.EFBIG, os.close, fd)'
unwatch here
absent large

# etcd does not answer, or the filesystem process dies: it was never there, or the write is unknown.
python 'import signal, sys
fd, etcd = open_new("unanswered"), int(os.environ["ETCD"])
os.write(fd, b"x"); freeze(etcd)
fails(errno.ETIMEDOUT, os.close, fd); os.kill(etcd, signal.SIGCONT)'
wait_until "etcd" in_mount '[ -d . ]'
check "all or nothing" in_mount '[ ! -e unanswered ] || [ "$(cat unanswered)" = x ]'
expect_log 'filesystem|mount'
python 'import signal
fd = open_new("killed"); os.kill(int(os.environ["FILESYSTEM"]), signal.SIGKILL)
try: os.write(fd, b"x"); os.close(fd)
except OSError: pass'
wait_until "the mount to work" in_mount '[ -e .role ]'
absent killed

# It is closed in the moment in which its mount ends.
PID=$PID_B fs_pid >"$DIR/fs_b"
SUPERVISOR_B=$PID_B FILESYSTEM_B=$(cat "$DIR/fs_b")
export SUPERVISOR_B FILESYSTEM_B
in_second 'python3 -c "$1"' 'import os, signal
from freeze import freeze
fd, filesystem = os.open("last", os.O_RDONLY | os.O_CREAT), int(os.environ["FILESYSTEM_B"])
os.chdir("/")
freeze(filesystem)
os.close(fd)
os.kill(int(os.environ["SUPERVISOR_B"]), signal.SIGTERM)
while "ShdPnd:\t%016x" % (1 << signal.SIGTERM - 1) not in open(f"/proc/{filesystem}/status").read(): pass
os.kill(filesystem, signal.SIGCONT)'
end_second
equal "closed at the end" last "$(ctl get --keys-only last)"
