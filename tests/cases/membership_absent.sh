#!/bin/bash
# A member that is removed while its etcd is stopped hears of it from the others, and ends only when it is sure.
# Statements: 128, 282.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/cluster.sh"

allow_log "does not answer|answers again|waiting for a quorum|the members' clocks differ"
# etcd 3.5 may panic while it is being removed; started again, it is told that it was.
allow_log "etcd ended with status 2 .*; it is started again"
expect_log "members' traffic goes over http://"
expect_log "this member was removed from its cluster; its data directory $DATA-1 is"
read -ra ports <<<"$(free_ports 3)"
name_members 3
AT_END+=(stop_cluster)
for i in 0 1 2; do
	start_member "$i" -e "listen-client-urls=http://127.0.0.1:${ports[i]}"
done
for i in 0 1 2; do
	wait_until "member $i" has_role_or_is_over "$i"
done

etcd=$(child_named "${PIDS[1]}" etcd)
freeze "$etcd"
id=$(ctl member list | sed -n "s/, started, ${NAMES[1]}, .*//p")
wait_until "another leads, and removes it" ctl member remove "$id"
kill -CONT "$etcd"
wait_until "its end" is_gone "${PIDS[1]}"
status=0
wait "${PIDS[1]}" || status=$?
equal "its status" 1 "$status"
check "its data directory is marked" test -e "${DATAS[1]}/etcdfs.removed"
unset 'PIDS[1]'
wait_until "the others go on" in_member 0 'echo 1 >key'
