#!/bin/bash
# Many writers at the moment when etcd's quota is reached: a write that is refused has not happened.
# Statements: 24, 154.
. "$(dirname "$0")/../lib/case.sh"

expect_log "has reached its quota"
expect_log "has room again"
start_mount -e quota-backend-bytes=$((8 * 1024 * 1024))
export RUN
limit python3 -B "$TOP/tests/lib/fill.py" "$MNT" 5 >&2 || die "what the writers were told is not what is there"
