#!/bin/bash
# A program that reads again on an event sees that change or a later one, and so do stat and ls.
# Statements: 75.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/events.sh"

start_mount -o timeout=30
in_mount 'mkdir d; echo 0 >d/count'
check "what is read on an event" timeout -k 5 350 python3 -B "$TOP/tests/lib/readable.py" "$RUN"
