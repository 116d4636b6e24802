#!/bin/bash
# Each call does on the mount what POSIX says, as on tmpfs, but for what docs/posix.md lists.
# Statements: 42, 173, 199, 230, 231, 235, 236.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/posix.sh"

judge_posix
