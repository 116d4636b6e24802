#!/bin/bash
# df shows the database and its quota.
# Statements: 44.
. "$(dirname "$0")/../lib/case.sh"

start_mount -e quota-backend-bytes=$((64 << 20))

read -r blocks size <<<"$(in_mount 'stat -f -c "%b %S" .')"
equal "the size" $((64 << 20)) $((blocks * size))
used() { in_mount 'df -B1 --output=used . | tail -n 1' | tr -d ' '; }
before=$(used)
[ "$before" -lt $((16 << 20)) ] || die "an empty database of $before bytes"
in_mount 'for i in {1..8}; do head -c 1000000 /dev/urandom >big-$i; done'
wait_until "df to see it" eval '[ "$(used)" -gt $((before + 4000000)) ]'
equal "the longest name" 255 "$(in_mount 'stat -f -c %l .')"
