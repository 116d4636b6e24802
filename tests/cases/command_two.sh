#!/bin/bash
# -- COMMAND on a member begins when there is a quorum and the mount is usable, and gets the signals.
# Statements: 137, 138.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/two.sh"

allow_log "etcd"
allow_log "waiting for a quorum"
expect_log "members' traffic goes over http://"
name_members 2

# Node A, with the command below.
command_a() {
	setsid env --default-signal=INT "$ETCDFS" -e "name=$NAME" -e "data-dir=$DATA" \
		-e "initial-cluster=$CLUSTER" -e "initial-cluster-token=$NAME" \
		"$MNT" -- sh "$DIR/command" >>"$LOG" 2>&1 </dev/null &
	PID=$!
}
told=$DIR/told
: >"$told"
cat >"$DIR/command" <<'EOF'
for signal in HUP INT; do
	trap "echo $signal >>$DIR/told" $signal
done
trap 'echo TERM >>$DIR/told; exit 7' TERM
echo begun >$DIR/begun
put() { echo written >$ETCDFS_MOUNT/key && value=$(cat $ETCDFS_MOUNT/key) && echo $value >>$DIR/told; }
put || put # once more: a machine that is slow may have had an election in the midst of it
while :; do sleep 0.1; done
EOF
in_told() { grep -qx "$1" "$told"; }

# A signal before there was a quorum: the command never ran.
command_a
wait_until "no quorum" grep -q "waiting for a quorum" "$LOG"
wait_until "the mount" is_mounted
expect_log "stopped by a signal before it was ready"
kill -TERM "$PID"
status=0
ended || status=$?
equal "the status without a quorum" 1 "$status"
nothing_left

command_a
wait_until "no quorum" eval '[ "$(grep -c "waiting for a quorum" "$LOG")" -ge 2 ]'
wait_until "the mount" is_mounted
check "nothing has begun" test ! -e "$DIR/begun"
start_b
wait_until "node B" is_mounted "$MNT_B"
wait_until "the command" in_told written
wait_until "B has it" eval '[ "$(in_b "cat key")" = written ]'

for signal in HUP INT; do
	kill -"$signal" "$PID"
	wait_until "$signal" in_told "$signal"
done
is_alive "$PID" || die "etcdfs ended by a signal that was the command's"
# A leader that is lost for a while ends nothing.
etcd=$(etcd_pid)
freeze "$etcd"
wait_until "no leader" has_role "$MNT_B" candidate offline
kill -CONT "$etcd"
wait_until "a leader" has_role "$MNT_B" leader follower
kill -TERM "$PID"
status=0
ended || status=$?
equal "the command's status" 7 "$status"
equal "the signals" "written HUP INT TERM" "$(paste -sd ' ' "$told")"
nothing_of_a() { is_unmounted && [ ! -e "$RUN" ]; }
check "nothing of A is left" nothing_of_a
kill -TERM "$PID_B"
wait_until "the end of node B" is_gone "$PID_B"
