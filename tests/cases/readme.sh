#!/bin/bash
# Every command block of README.md runs as it stands, in its order, and shows what README.md says.
WATCHDOG=700 LIMIT=680
. "$(dirname "$0")/../lib/case.sh"
. "$(dirname "$0")/../lib/examples.sh"

run_examples "$TOP/README.md"
examples_ended
