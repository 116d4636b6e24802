#!/bin/bash
# Whoever is cut off while its lock goes to another changes nothing when it is back.
# Statements: 413, 414.
. "$(dirname "$0")/../lib/case.sh"
requires "only root can make networks" eval '[ "$(id -u)" = 0 ] && ip netns list'
NETWORKS=yes
. "$TOP/tests/lib/cluster.sh"
. "$TOP/tests/lib/holder.sh"

allow_log "etcd( |'s )|lease|lock|key .*: truncation"
start_cluster 3 -o lock-ttl=2 -o timeout=3
start_holder a "$MNT"
start_holder b "$MNT"
start_holder next "${MNTS[1]}"
in_mount 'echo old >file'
does a ok open fd file RDWR
does a ok lock fd
does a ok write fd held..
does a ok sync fd
does a ok write fd lost
does b ok open fd file WRONLY TRUNC
does b ok write fd lost

cut_member 0
begins a sync fd
begins b close fd
does next ok open fd file RDWR
does next ok lock fd
does next ok write fd theirs
does next ok sync fd
STEP="sync without a majority" answers a ETIMEDOUT
STEP="close without a majority" answers b ETIMEDOUT
join_member 0
wait_until "it is told" polls a fd
does a EIO sync fd
wait_until "it is a member again" has_role "$MNT" leader follower
does b EIO put file lost
equal "the next holder's" theirs "$(value_of file)"
does next ok unlock fd
does a ok unlock fd # of what it had written it was told by the sync
does b ok put file free
end_holder a
end_holder b
end_holder next
