#!/bin/bash
# In an outage that has lasted as long as the timeout no operation waits for the timeout again; before that each does.
# Statements: 11, 32, 33, 276.
. "$(dirname "$0")/../lib/case.sh"

allow_log "etcd|key .*: truncation"
start_mount -o timeout=4
wait_until "what is there" in_mount 'mkdir -p d && echo old >key && echo x >d/file && [ -s d/file ]'

freeze "$(etcd_pid)"
cat >"$DIR/timed.py" <<'PYTHON'
"""timed.py LEAST MOST CALL: CALL ends with ETIMEDOUT, after so many seconds."""
import errno
import os
import sys
import time

least, most, call = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
begin = time.monotonic()
try:
    eval(call.replace('("', '("' + os.environ["MNT"] + "/"))
    sys.exit(f"{call} succeeded")
except OSError as error:
    took = time.monotonic() - begin
    if error.errno != errno.ETIMEDOUT or not least <= took < most:
        sys.exit(f"{call}: {error} after {took:.1f} s")
PYTHON
timed() { (cd / && limit python3 "$DIR/timed.py" "$@"); }

# The outage is young: whoever asks waits, since it may be over soon.
check "the first to ask" timed 3.9 60 'os.stat("key")'
wait_until "what is known of the outage" timed 0 2 'os.stat("key")'
# A machine that is late is not late each time.
for call in 'os.listdir("d")' 'os.stat("nothing")' 'os.open("key", os.O_RDONLY)' 'os.mkdir("new")' \
	'os.unlink("d/file")' 'os.rmdir("d")' 'os.open("key", os.O_WRONLY)' 'os.getxattr("key", b"user.etcd.key")' \
	'os.truncate("key", 1)' 'os.open("d/new", os.O_CREAT | os.O_WRONLY)' 'os.stat(".")'; do
	wait_until "$call" timed 0 2 "$call"
done
# Not even this waits, whatever its path.
check "statfs" timeout 10 python3 -c 'import os, sys; os.statvfs(sys.argv[1])' "$MNT/d/file"

kill -CONT "$(etcd_pid)"
wait_until "the role" has_role "$MNT" leader
wait_until "it goes on" in_mount 'echo new >key && [ "$(cat key)" = new ]'
freeze "$(etcd_pid)"
check "another outage is young as well" timed 3.9 60 'os.stat("key")'
kill -CONT "$(etcd_pid)"
wait_until "the role" has_role "$MNT" leader
