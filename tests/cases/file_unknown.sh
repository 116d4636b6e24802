#!/bin/bash
# After a publish whose outcome is unknown, the close still publishes all that was written since an O_TRUNC.
# Statements: 14, 25, 192, 194.
LIMIT=${LIMIT:-300}
. "$(dirname "$0")/../lib/case.sh"

allow_log "etcd"
start_mount -o timeout=3

# unknown WHAT FLAGS CALL VALUE...: the file is opened with FLAGS; while etcd is stopped CALL is not
# answered. It never goes on, and its successor has what was before. Then more is written, and closed.
unknown() {
	local pid
	pid=$(etcd_pid)
	in_mount 'python3 - "$@"' "$TOP/tests/lib" "$pid" "$@" <<'PYTHON'
import sys

sys.path.insert(0, sys.argv[1])
from files import *
from freeze import freeze
import signal
import time


def insist(call):
    """Until etcd takes writes again, and the mount has heard of it: until then an open is refused."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            return call()
        except TimeoutError:
            time.sleep(0.02)
    sys.exit("etcd takes no writes")


pid, what, flags, call, *values = sys.argv[2:]
flags = os.O_RDWR | eval(flags)
insist(lambda: put("key", b"the old value"))
fd = insist(lambda: os.open("key", flags))
freeze(int(pid))
with fails(what, errno.ETIMEDOUT):
    os.write(fd, b"abc")
    os.fsync(fd)
os.kill(int(pid), signal.SIGKILL)
same(what + ": it has not happened", b"the old value", insist(lambda: get("key")))
if call == "write":
    insist(lambda: os.write(fd, b"abc"))
insist(lambda: os.write(fd, b"def"))
insist(lambda: os.fsync(fd))
os.close(fd)
if get("key").decode() not in values:
    sys.exit(f"{what}: {get('key')!r}")
PYTHON
}

unknown "O_TRUNC" os.O_TRUNC fsync abcdef
unknown "O_TRUNC, O_SYNC" "os.O_TRUNC | os.O_SYNC" write abcdef
# Without it nothing is sent a second time by itself, since it may have happened.
unknown "O_APPEND" os.O_APPEND fsync "the old valuedef" "the old valueabcdef"
