#!/bin/bash
# A key with any number of slashes has one path, and costs a bounded number of directories.
# Statements: 180, 184, 289.
. "$(dirname "$0")/../lib/case.sh"

start_mount -o timeout=20 # it is a million bytes, perhaps under load
check "deep keys" limit python3 -B "$TOP/tests/lib/deep.py" "$RUN" "$MNT" "$(fs_pid)"
