#!/bin/bash
# Whoever stands still while its lock goes to another changes nothing when it goes on: filesystem, etcd, or both.
# Statements: 413, 414, 416.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/cluster.sh"
. "$TOP/tests/lib/holder.sh"

TTL=4 # on a busy machine the renewals of the next holder may be a second late
allow_log "etcd( |'s )|filesystem|notifier|lease|lock|key .*: truncation"
start_cluster 3 -o lock-ttl=$TTL -o timeout=4
in_mount 'for i in filesystem etcd all; do echo old >$i; echo old >$i.second; done'
start_holder next "${MNTS[1]}"

# stand_still FILE PID...: who holds FILE's lock on member 0 has written, and is about to; then the PIDs stop until
# another has had the lock.
stand_still() {
	local file=$1 result
	shift
	start_holder a "$MNT"
	start_holder b "$MNT"
	does a ok open fd "$file" RDWR
	does a ok lock fd
	does a ok write fd held.
	does a ok sync fd
	does a ok write fd lost1
	does b ok open fd "$file" WRONLY TRUNC
	does b ok write fd lost2
	kill -STOP "$@"
	# Of these one asks the stopped mount, and waits for it.
	begins b close fd
	sleep $((TTL * 3 / 2))
	does next ok open fd "$file" RDWR
	does next ok lock fd
	does next ok write fd theirs
	does next ok sync fd
	kill -CONT "$@"

	# What has begun meanwhile may have waited for too long; what begins now is told.
	STEP="close $file" begins a sync fd
	read -r -t "$LIMIT" result <&"${HOLDER_OUT[b]}"
	case $result in EIO | ETIMEDOUT) ;; *) die "$file: a close that has waited: $result" ;; esac
	read -r -t "$LIMIT" result <&"${HOLDER_OUT[a]}"
	case $result in EIO | ETIMEDOUT) ;; *) die "$file: a sync: $result" ;; esac
	wait_until "it is told" polls a fd
	does a EIO sync fd
	does a EIO write fd lost3
	does b EIO put "$file" lost4
	equal "$file: the next holder's" theirs "$(value_of "$file")"
	does next ok write fd theirs2
	does next ok unlock fd
	does next ok close fd
	does a EIO unlock fd
	does a ok sync fd
	end_holder a
	end_holder b
	equal "$file: at the end" theirs2 "$(value_of "$file")"
	equal "$file: no lock is left" "" "$(lock_keys)"
}

# The holder's etcd is the leader's or not: it is the one that it asks.
filesystem=$(filesystem_of 0)
stand_still filesystem "$filesystem"
stand_still etcd "$(etcd_of 0)"
stand_still all "$PID" "$filesystem" "$(etcd_of 0)"
equal "the same filesystem process" "$filesystem" "$(filesystem_of 0)"
end_holder next
