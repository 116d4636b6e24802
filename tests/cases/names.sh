#!/bin/bash
# Keys of all odd kinds are files for every operation, alone and together, and stay the same to the byte.
# Statements: 1, 20, 26, 27, 28, 29, 30, 31, 180, 181, 182, 183, 184, 229.
. "$(dirname "$0")/../lib/case.sh"

LIMIT=180 # for all of it
start_mount
check "each alone" limit python3 "$TOP/tests/lib/names.py" "$RUN" "$MNT" alone
check "all together" limit python3 "$TOP/tests/lib/names.py" "$RUN" "$MNT" together
