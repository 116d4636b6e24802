#!/bin/bash
# Hooks run for each change of the role, one at a time; the latest role is never left out, and a limit ends them.
# Statements: 130-136.
. "$(dirname "$0")/../lib/case.sh"

allow_log "etcd"
told=$DIR/told
in_told() { grep -qxE -- "$1" "$told"; }
is_role() { [ "$(timeout 5 cat "$MNT/.role")" = "$1" ]; }

# Which, in which order, with what in the environment, and they may use the mount.
cat >"$DIR/conf" <<EOF
[hooks]
on-leader = "echo leader \$ETCDFS_TERM >>$told; cat \$ETCDFS_MOUNT/.role >\$ETCDFS_MOUNT/by-hook; pwd; umask"
on-follower = echo follower \$ETCDFS_ROLE >>$told
on-change = echo change \$ETCDFS_ROLE \$ETCDFS_TERM >>$told; echo to stderr >&2; exit 3
EOF
expect_log "^etcdfs: hook on-leader: /$"
expect_log "^etcdfs: hook on-leader: 0022$"
expect_log "^etcdfs: hook on-change: to stderr$"
expect_log "^etcdfs: warning: hook on-change: ended with status 3 after [0-9.]+ s$"
umask 022
ETCDFS_ROLE=wrong start_mount -c "$DIR/conf"
wait_until "on-change" in_told 'change leader [0-9]+'
term=$(sed -n 's/^leader //p' "$told" | head -n 1)
# (An etcd that is slow may be offline in between.)
order=" leader $term ((follower offline|change offline $term) )*change leader $term "
[[ " $(paste -sd ' ' "$told") " =~ $order ]] ||
	die "not in this order, with one term: $(paste -sd ' ' "$told")"
equal "written by the hook" leader "$(in_mount 'cat by-hook')"
freeze "$(etcd_pid)"
wait_until "on-follower" in_told 'follower offline'
wait_until "on-change" in_told 'change offline [0-9]+'
before=$(grep -c "^change leader" "$told")
kill -CONT "$(etcd_pid)"
wait_until "on-leader again" eval '[ "$(grep -c ^leader "$told")" -ge 2 ]'
wait_until "on-change again" eval '[ "$(grep -c "^change leader" "$told")" -gt "$before" ]'
stop_mount
equal "no hook at the end" "change leader" "$(tail -n 1 "$told" | cut -d ' ' -f 1,2)"

# Never two at once; what comes and goes while one runs is left out, the last state never.
cat >"$DIR/slow" <<'EOF'
mkdir "$DIR/running" || echo two at once >>"$DIR/told"
echo begin $ETCDFS_ROLE >>"$DIR/told"
[ $ETCDFS_ROLE != leader ] || read _ <"$DIR/gate"
rmdir "$DIR/running"
EOF
mkfifo "$DIR/gate"
: >"$told"
start_mount -H timeout=200 -H "on-leader=sh $DIR/slow" -H "on-follower=sh $DIR/slow"
open_gate() { limit bash -c 'echo >"$DIR/gate"'; }
wait_until "the first" in_told 'begin leader'
before=$(cat "$told")
for _ in 1 2; do
	freeze "$(etcd_pid)"
	wait_until "offline" is_role offline
	kill -CONT "$(etcd_pid)"
	wait_until "leader" is_role leader
done
freeze "$(etcd_pid)"
wait_until "offline" is_role offline # the mount does not wait for the hook
equal "no other has begun" "$before" "$(cat "$told")"
open_gate
wait_until "the latest state" eval '[ "$(tail -n 1 "$told")" = "begin offline" ]'
kill -CONT "$(etcd_pid)"
wait_until "the latest state" eval '[ "$(tail -n 1 "$told")" = "begin leader" ]'
equal "never two" 0 "$(grep -c "two at once" "$told" || true)"

# A hook that runs at the end is ended with etcdfs.
stop_mount
rm -rf "$DIR/running"

# A hook that hangs is ended after the limit, SIGTERM or not, with what it has started; the next runs.
# (A machine under load may need seconds to start a shell.)
: >"$told"
expect_log "warning: hook on-leader: not over within 4.5 s, and ended"
expect_log "warning: hook on-leader: killed by signal 9 \(Killed\) after [0-9.]+ s"
start_mount -H timeout=4.5 -H "on-change=echo change \$ETCDFS_ROLE >>$told" \
	-H "on-leader=trap '' TERM; sleep 1000 & echo \$! >$DIR/pid; wait"
wait_until "the next" in_told 'change leader'
wait_until "what it had started is gone" is_gone "$(cat "$DIR/pid")"
in_mount 'echo x >key'
stop_mount

# One that writes without end, and one that cannot be found, are their own trouble.
expect_log "hook on-leader: y$"
expect_log "warning: hook on-leader: what else it says is left out"
expect_log "hook on-leader: not over within 4 s"
expect_log "hook on-leader: killed by signal 15"
expect_log "hook on-change: .*no-such-program"
expect_log "hook on-change: ended with status 127"
start_mount -H timeout=4 -H on-leader=yes -H on-change="$DIR/no-such-program"
in_mount 'echo x >key; cat .role >/dev/null'
wait_until "the other" grep -q "status 127" "$LOG"
stop_mount

refuses "a limit of nothing" "hooks.*timeout" -e "name=$NAME" -H timeout=0 "$MNT"
refuses "no such key" "hooks.*on-monday" -e "name=$NAME" -H on-monday=true "$MNT"
