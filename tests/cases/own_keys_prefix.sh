#!/bin/bash
# etcdfs' own keys of a mount with a prefix, whose user may see no more: counted, in no listing, stream or event.
# Statements: 97, 234, 380-384.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/existing.sh"
. "$TOP/tests/lib/events.sh"

requires "needs inotify-tools" command -v inotifywait
FENCES_PREFIX=app/
start_cluster 1
enable_users
expect_log "the password goes over http://"
expect_log "etcd permits 'app/' only"
expect_log "1 keys begin with 'app/.etcd/' and are not shown.*the first is 'app/.etcd/odd'"
ctl put app/k 0 >/dev/null
ctl put app/.etcd/odd 0 >/dev/null
ctl put app/.etcd/lock/k/7 0 >/dev/null
attach -o "user=app,password-file=$(password app),prefix=app/,timeout=20"
start_second -o "user=root,password-file=$(password root)" # with other own keys
watch w "$MNT"

# Each read asks for the number of keys: with the own ones it is etcd's.
equal "at the start" k "$(in_mount 'ls')"
for i in 1 2 3; do
	step w "own keys $i" "" ctl put "app/.etcd/lock/k/$i" x
	equal "after a put $i" "k 0" "$(in_mount 'echo "$(ls k) $(cat k)"')"
	ctl del "app/.etcd/lock/k/$i" >/dev/null
	check "after a delete $i" in_mount 'stat k >/dev/null && [ ! -e %2Eetcd ]'
done
# shellcheck disable=SC2016
printf '%s\n' '' 'put app/.etcd/lock/k/9 x' 'put app/k 1' '' '' | ctl txn >/dev/null
equal "both in one transaction" 1 "$(in_mount 'cat k')"
in_mount 'echo 2 >k; mkdir d; rmdir d; rm fence-*; echo 3 >>k'
ctl put app/end x >/dev/null
equal "its stream" "" "$(in_mount 'sed -u "/end\"/q" <.etcd/since/0 | grep "etcd/" || true')"
in_mount 'rm end'

# For the mount of another prefix they are ordinary keys, and the other way round.
equal "without a prefix" "lock odd" "$(in_second 'ls app/%2Eetcd | xargs')"
in_second 'echo x >app/%2Eetcd/lock/k/5; rm app/%2Eetcd/lock/k/9; mkdir -p %2Eetc/d'
equal "what the other has made" x "$(value_of app/.etcd/lock/k/5)"
ctl put .etcd/lock/app%2Fk/1 x >/dev/null
equal "own keys of the other" "%2Eetc app" "$(in_second 'ls | xargs')"
equal "and the files of this one" k "$(in_mount 'ls')"
in_second 'rm -r app/%2Eetcd'
equal "removed there, as files" "" "$(keys app/.etcd/lock)"
check "and the mount reads on" in_mount 'grep -q 3 k'

# While etcd was away the history is gone: own keys are compared as well.
allow_log "no endpoint of etcd answers"
allow_log "lost sight of etcd's changes \(compacted\)"
kill -STOP "$(fs_pid)"
ctl put app/.etcd/lock/k/11 after >/dev/null
ctl put app/.etcd/lock/k/12 after >/dev/null
ctl compact "$(revision)" >/dev/null
stop_member 1 KILL
start_member 1
wait_until "etcd again" member_serves 1
kill -CONT "$(fs_pid)"
wait_until "the new state" in_mount 'grep -q 3 k'
ctl del app/.etcd/lock/k/12 >/dev/null
check "and counted" in_mount 'echo 4 >k && [ "$(cat k)" = 4 ] && [ "$(ls)" = k ]'
