#!/bin/bash
# On a cluster that etcdfs did not start, etcd's own limits hold: 128 operations by default.
# Statements: 90, 210, 214, 215.
. "$(dirname "$0")/../lib/case.sh"
# shellcheck source=tests/lib/existing.sh
. "$TOP/tests/lib/existing.sh"

start_cluster 1
attach
start_second
export RENAME=$TOP/tests/lib/rename.py
fill() { in_mount 'mkdir "$1"; for i in $(seq "$2"); do echo $i >"$1/$i"; done' "$@"; }
right() { in_second 'cd "$1" && for i in *; do [ $i = $(cat $i) ] && echo; done | wc -l' "$@"; }
revision() { ctl get none -w json | sed 's/.*"revision":\([0-9]*\).*/\1/'; }

fill few 100
publishes 1 "100 keys" 'mv few moved'
equal "there" 100 "$(right moved)"
fill ten 10
fill twenty 20
publishes 1 "exchanged" 'python3 "$RENAME" ten twenty exchange'
equal "there" "20 10" "$(right ten) $(right twenty)"
fill many 130
publishes 0 "130 keys" 'python3 "$RENAME" many many2 2>&1 | grep -qi cross-device'
equal "mv that copies says nothing" "" "$(in_mount 'mv many many2 2>&1')"
equal "copied" 130 "$(right many2)"
fails "the old name" "no such file" in_second 'ls many'
