#!/bin/bash
# rm -r ends while a mount and another client write into the tree, and what was written after it is there.
# Statements: 19, 24, 220, 223.
WATCHDOG=${WATCHDOG:-450} LIMIT=${LIMIT:-300}
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/two.sh"

# What is under way in an election times out, rm's as well: none because the machine is slow.
start_two -o timeout=30 -e election-timeout=5000 -e heartbeat-interval=500
export RUN PYTHONPATH=$TOP/tests/lib
limit python3 -B "$PYTHONPATH/removers.py" "$MNT" "$MNT_B" "${SECONDS_LONG:-10}"
equal "no key is left" "" "$(keys)"
