#!/bin/bash
# 200 echos at once to 200 keys all arrive, and 200 to one key leave one of them whole.
# Statements: 2, 14.
. "$(dirname "$0")/../lib/case.sh"

start_mount -o timeout=30 # so many wait for each other

in_mount 'for i in {1..200}; do echo value-$i >key-$i & done; wait'
equal "keys" 200 "$(keys key- | wc -l)"
equal "wrong values" "" "$(in_mount 'for i in {1..200}; do
	[ "$(cat key-$i)" = value-$i ] || echo $i
done')"
in_mount 'for i in {1..200}; do echo "long or short $((i ** 5))" >one & done; wait'
check "one whole value" in_mount 'grep -qxE "long or short [0-9]+" one'
equal "its one line" 1 "$(in_mount 'wc -l <one')"
in_mount 'for i in {1..100}; do mkdir dir-$i & done; wait'
in_mount 'for i in {1..100}; do rmdir dir-$i & done; wait'
equal "directories come and go" 0 "$(in_mount 'find . -name "dir-*" | wc -l')"
in_mount 'for i in {1..200}; do rm key-$i & done; wait'
equal "all removed" "" "$(keys key-)"
