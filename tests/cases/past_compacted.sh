#!/bin/bash
# What becomes of the past when its history is compacted.
# Statements: 386, 392.
. "$(dirname "$0")/../lib/case.sh"

start_mount
in_mount 'mkdir d; echo one >d/k; echo other >d/o'
r=$(revision)
in_mount 'echo two >d/k; rm d/o'
check "one is open, another not" in_mount 'exec 3<"d/.etcd/at/$1/k" && ls "d/.etcd/at/$1" >/dev/null &&
	etcdctl --endpoints="$2" compact "$3" >/dev/null && [ "$(cat <&3) $(cat "d/.etcd/at/$1/o")" = "one other" ]' \
	"$r" "unix://$RUN/client:0" "$(revision)"
fails "what was not loaded" "No such file" in_mount 'ls "d/.etcd/at/$1"' $((r - 1))
check "the revision of the compaction" in_mount '[ "$(cat "d/.etcd/at/$1/k")" = two ]' "$(revision)"
