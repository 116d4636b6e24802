#!/bin/bash
# The log: in the background to syslog, under the journal with priorities; each line has its level, and none is forged.
# Statements: 330-333.
# A /dev of its own has a /dev/log of its own.
[ -n "${APART:-}" ] || ! unshare -m true 2>/dev/null || APART=1 exec unshare -m bash "$0"
. "$(dirname "$0")/../lib/case.sh"

requires "needs a mount namespace, and so root" test -n "${APART:-}"
mount -t tmpfs none /dev
mknod -m 666 /dev/null c 1 3
mknod -m 666 /dev/urandom c 1 9
mknod -m 666 /dev/fuse c 10 229
ln -s /proc/self/fd /dev/fd

# A syslog: one message a line, as it comes.
env -u CASE_MARK python3 - "$DIR/syslog" <<'PYTHON' &
import socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind("/dev/log")
with open(sys.argv[1], "ab", 0) as log:
    while True:
        log.write(server.recv(65536).replace(b"\n", b"<NEWLINE>") + b"\n")
PYTHON
wait_until "a syslog" test -S /dev/log

# A key that would be a line of its own, of another level, and clear the screen. Its maker closes it to others,
# of which a warning tells (288).
hostile() {
	in_mount 'rm -f a*; python3 -c "
import os
fd = os.open(b\"a\\n<3>etcdfs: forged\\x1b[2J\\xff\", os.O_CREAT | os.O_WRONLY)
os.write(fd, b\"s3cr3t\")
os.fchmod(fd, 0o600)
os.close(fd)"'
}
shown="key 'a\\n<3>etcdfs: forged\\x1b[2J\\xff' (of 1 such): its mode was to keep others"
hook='on-change=printf "hook<\033[2J>\n"'

# logged PRIORITY TEXT: is there such a message?
logged() { grep -aqF "etcdfs[$PID]: $2" <(grep -a "^<$1>" "$DIR/syslog"); }

# In the background, and all that there is to say.
# shellcheck disable=SC2046
limit "$ETCDFS" -d $(own_options) -o metadata=off,allow_other,timeout=1 -H "$hook" "$MNT" \
	</dev/null >"$DIR/start" 2>&1 ||
	die "status $?: $(cat "$DIR/start")"
check "the start is on stderr" grep -q "^etcdfs: debug: state: starting" "$DIR/start"
wait_until "syslog" grep -aq 'etcdfs\[[0-9]*\]: ' "$DIR/syslog"
PID=$(sed -n 's/.* etcdfs\[\([0-9]*\)\]: .*/\1/p' "$DIR/syslog" | head -n 1)
check "whose it is" test "$(readlink "/proc/$PID/exe")" -ef "$ETCDFS"
hostile
wait_until "the filesystem's warning" logged 28 "$shown"
wait_until "the hook" logged 30 'hook on-change: hook<\x1b[2J>'
check "the kernel's requests" logged 31 "unique: "
in_mount 'LIMIT=60; . "$2/tests/lib/judge.sh"; echo s3cr3t >key; exec 3>key; freeze "$1"; exec 3>&-' \
	"$(etcd_pid)" "$TOP"
wait_until "the filesystem's error" logged 27 "key 'key': truncation at close: "
kill -CONT "$(etcd_pid)"
wait_until "it works again" in_mount 'cat key'
take_off umount "$MNT"
wait_until "its end" is_gone "$PID"
PID=
equal "lines that are none" "" "$(grep -avE '^<(2[78]|3[01])>.{16}etcdfs\[[0-9]+\]: ' "$DIR/syslog" || true)"
equal "newlines, escapes, secrets" "" "$(grep -aE $'<NEWLINE>|\e|s3cr3t' "$DIR/syslog" "$DIR/start" || true)"

# In the foreground of the journal, and what is serious alone.
: >"$LOG"
JOURNAL_STREAM=$(stat -c %d:%i "$LOG")
export JOURNAL_STREAM
expect_log "^<4>key 'a\\\\n<3>etcdfs: forged\\\\x1b\[2J\\\\xff' \(of 1 such\)"
expect_log "^<3>the filesystem process killed by signal 9"
start_mount -o metadata=off,allow_other,timeout=1,log-level=warning -H "$hook"
hostile
wait_until "the warning" grep -q '^<4>key' "$LOG"
kill -KILL "$(fs_pid)"
wait_until "it works again" in_mount 'cat key'
stop_mount
status=0
"$ETCDFS" --frobnicate 2>>"$LOG" || status=$?
equal "the status" 2 "$status"
expect_log "^<3>unknown option '--frobnicate'"
refuses "elsewhere the journal is not meant" "^etcdfs: unknown option" --frobnicate
