#!/bin/bash
# df shows the database and its quota, and df -i the keys.
# Statements: 44, 234.
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
in_mount 'mkdir d; echo x >d/key'
equal "the keys" "$(ctl get --prefix --keys-only -- "" | grep -c .)" \
	"$(in_mount 'df --output=iused . | tail -n 1' | tr -d ' ')"
check "as many more as there is room" in_mount '
	stat -f -c "%a %d %f" . | { read -r a b c; [ "$a" = "$b" ] && [ "$b" = "$c" ]; }'
stop_mount

# etcd takes this for no limit at all.
start_mount -e quota-backend-bytes=-1
equal "no quota" $((2 << 30)) "$(in_mount 'df -B1 --output=size . | tail -n 1' | tr -d ' ')"
check "and room" in_mount '[ "$(stat -f -c %a .)" -gt 100000 ]'
