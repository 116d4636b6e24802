#!/bin/bash
# The past of a user who may see one prefix, whose rights go, and when the filesystem process is replaced.
# Statements: 385, 386.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/existing.sh"

start_cluster 1
enable_users
expect_log "the password goes over http://"
expect_log "etcd permits 'app/' only"
allow_log "died|was killed|started again"
printf "old\n" | ctl put app/d/k >/dev/null
r=$(printf "older\n" | ctl put app/d/k -w json | jq .header.revision)
ctl put app/d/k new >/dev/null
ctl put other x >/dev/null
attach -o "user=app,password-file=$(password app),prefix=app/"
equal "of a prefix" "old older" "$(in_mount 'cat ".etcd/at/$1/d/k" "d/.etcd/at/$2/k" | paste -sd " "' $((r - 1)) "$r")"
equal "its own keys alone" d "$(in_mount 'ls ".etcd/at/$1"' $((r + 2)))"
ctl role revoke-permission app app/ app0 >/dev/null
fails "what may not be read any more" "Permission denied" in_mount 'ls "d/.etcd/at/$1"' $((r + 1))
ctl role grant-permission app readwrite app/ app0 >/dev/null
wait_until "what may be read again" in_mount 'ls "d/.etcd/at/$1"' $((r + 1))

pid=$(fs_pid)
kill -KILL "$pid"
another() { [ "$(fs_pid)" != "$pid" ] && in_mount 'ls'; }
wait_until "another filesystem process" another
equal "by its path" "older" "$(in_mount 'cat "d/.etcd/at/$1/k"' "$r")"
check "and its listing" in_mount '[ "$(ls "d/.etcd/at/$1")" = k ]' "$r"
