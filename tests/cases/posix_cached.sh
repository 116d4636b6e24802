#!/bin/bash
# With consistency=cached POSIX's promises hold as well, and docs/posix.md lists the same differences.
# Statements: 42, 173, 199, 230, 231, 235, 236.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/posix.sh"

judge_posix -o consistency=cached
