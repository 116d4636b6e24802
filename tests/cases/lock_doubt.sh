#!/bin/bash
# While etcd does not answer for longer than the lease lasts, the locks are in doubt: COMMAND of --lock is ended
# at once, and who polls is woken. What comes of it etcd decides.
# Statements: 410, 447, 448.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/holder.sh"

TTL=4 # on a busy machine a renewal may be a second late
allow_log "locks (not )?in doubt|etcd|lease"
start_mount -o lock-ttl=$TTL
in_mount 'mkdir d; echo old >file; echo old >d/below'
start_holder held "$MNT"
start_holder below "$MNT"
start_holder later "$MNT"
does held ok open fd file RDWR
does held ok open other free RDWR CREAT
does held ok lock fd
does below ok open fd d/.etcd/lock RDONLY
does below ok open writer d/below RDWR
does below ok open reader d/below RDONLY
does below ok lock fd
does later ok open fd file RDWR

# COMMAND with the lock of a file; it tells when it is ended.
cat >"$DIR/command" <<'C'
trap 'date +%s%N >"$DIR/told"; kill $!; exit 0' TERM
: >"$DIR/runs"
sleep 100 &
wait
C
(cd / && exec timeout -k 5 "$LIMIT" "$ETCDFS" --lock "$MNT/command" -- bash "$DIR/command") >"$DIR/said" 2>&1 &
TOOL=$!
wait_until "it runs" test -e "$DIR/runs"
begins later await fd # for POLLPRI

# etcd stands still, and is killed then: another process of it gives each lease its time anew.
etcd=$(etcd_pid)
freeze "$etcd"
since=$(date +%s%N)
wait_until "COMMAND is told" test -e "$DIR/told"
took=$((($(cat "$DIR/told") - since) / 1000000))
[ "$took" -le $(((TTL + 2) * 1000)) ] || die "COMMAND was told after $took ms"
[ "$took" -ge $((TTL * 500)) ] || die "COMMAND was told after $took ms, when the lease was renewed already"
STEP="POLLPRI alone" answers later 2
does held 2 poll fd
does held 0 poll other
does below 2 poll fd
does below 2 poll writer
does below 0 poll reader
status=0
wait "$TOOL" || status=$?
equal "its status" 75 "$status"
equal "what it says" "etcdfs: $MNT/command: etcd does not confirm the lock, so the command is ended" \
	"$(cat "$DIR/said")"
kill -KILL "$etcd"
for fd in fd writer; do
	wait_until "$fd is not in doubt" polls below $fd 0
done
does held ok write fd new
does held ok sync fd
equal "it was held all the time" new "$(value_of file)"
does below ok write writer new
does below ok close writer
does held 0 poll fd
does later 0 poll fd
does held ok unlock fd
does below ok unlock fd

# A lease that is gone: a doubt first, a loss then.
does held ok lock fd
begins later await fd
etcd=$(etcd_pid)
lease=$(lock_keys file | sed -E 's|.*/([0-9a-f]+)\..*|\1|')
freeze "$etcd"
STEP="in doubt" answers later 2
expect_log "lease $lease of this mount is gone"
kill -CONT "$etcd"
ctl lease revoke "$lease" >/dev/null 2>&1 || true # it may be over by now
wait_until "it is lost" polls held fd
does held EIO write fd lost
does held ok unlock fd
does held 0 poll fd
for name in held below later; do end_holder $name; done
