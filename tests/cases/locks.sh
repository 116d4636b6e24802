#!/bin/bash
# flock and fcntl locks are refused, not kept on this machine alone; O_EXCL is what excludes.
# Statements: 173.
. "$(dirname "$0")/../lib/case.sh"

start_mount
in_mount 'echo x >key'
fails "flock" "not supported" in_mount 'flock key true'
fails "flock, shared" "not supported" in_mount 'flock -s key true'
fails "flock, without waiting" "not supported" in_mount 'flock -n key true'
check "fcntl locks" in_mount 'python3 -c "$1"' 'import errno, fcntl, os
def refused(what, *arguments):
    try:
        what(*arguments)
    except OSError as error:
        assert error.errno == errno.EOPNOTSUPP, error
    else:
        raise SystemExit(f"{what} {arguments}: accepted")
with open("key", "r+") as file:
    for lock in fcntl.LOCK_EX, fcntl.LOCK_SH, fcntl.LOCK_EX | fcntl.LOCK_NB:
        refused(fcntl.lockf, file, lock)
        refused(fcntl.flock, file, lock)
    refused(fcntl.fcntl, file, fcntl.F_GETLK, b"\0" * 32)
    fcntl.lockf(file, fcntl.LOCK_UN)
    fcntl.flock(file, fcntl.LOCK_UN)
    assert file.read() == "x\n"'
equal "the file is as it was" x "$(in_mount 'cat key')"

# One of many gets it, and the next when it has gone.
in_mount 'for i in 1 2 3 4 5 6 7 8; do
	(set -C; { echo $i >lock; } 2>/dev/null && echo $i >>won) & done; wait'
equal "winners" 1 "$(in_mount 'wc -l <won')"
check "the next" in_mount 'rm lock; set -C; echo 9 >lock'
