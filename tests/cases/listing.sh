#!/bin/bash
# A listing of many names that others change meanwhile has each name that stays once; positions hold.
# Statements: 224, 225.
LIMIT=${LIMIT:-300}
. "$(dirname "$0")/../lib/case.sh"

start_mount -o "timeout=30,consistency=${CONSISTENCY:-linearizable}"
export RUN PYTHONPATH=$TOP/tests/lib
in_mount 'python3 -B "$PYTHONPATH/listing.py" "$1"' "${COUNT:-100000}"
equal "find" "${COUNT:-100000}" "$(in_mount 'find big -type f -name "stays-*" | wc -l')"
