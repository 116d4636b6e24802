#!/bin/bash
# An ephemeral file is gone soon after its process was killed, etcd was away, or its filesystem process has died.
# Statements: 431, 434, 444.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/ephemeral.sh"

# The lease would last for longer than the case.
expect_log "killed by signal 9"
allow_log "started again|goes on with the mount|copies of it are lost|etcd"
start_mount -o lock-ttl=3600,timeout=2
is_there() { [ -n "$(ctl get --keys-only "$1")" ]; }
is_not_there() { ! is_there "$1"; }

hold_file "$MNT" .etcd/ephemeral/killed text
check "it is there" is_there killed
end_holder
wait_until "its end" is_not_there killed

# Copies of the descriptor keep it.
in_mount 'exec 9>.etcd/ephemeral/copied; (exec sleep 1000) & echo $! >"$1"' "$DIR/child"
check "a child has it" is_there copied
kill -KILL "$(cat "$DIR/child")"
wait_until "its end" is_not_there copied

# etcd is away when the process ends.
hold_file "$MNT" .etcd/ephemeral/away
etcd=$(etcd_pid)
freeze "$etcd"
end_holder
fails "made meanwhile" "timed out" in_mount 'exec 9>.etcd/ephemeral/unknown'
kill -CONT "$etcd"
wait_until "its end" is_not_there away
wait_until "the end of what nobody knows of" in_mount '[ ! -e unknown ] && exec 9>.etcd/ephemeral/unknown'
wait_until "nor stays it" is_not_there unknown

# The process that serves the mount dies: what was open is lost, and the lease with it.
hold_file "$MNT" .etcd/ephemeral/lost
old=$(fs_pid)
lease=$(in_mount 'jq -r .lease .etcd/status')
kill -KILL "$old"
wait_until "its end" is_not_there lost
wait_until "a lease less" eval '! ctl lease list | grep -q "$lease"'
end_holder
wait_until "the mount works" in_mount 'exec 9>.etcd/ephemeral/again && [ -e again ]'
[ "$(in_mount 'jq -r .lease .etcd/status')" != "$lease" ] || die "it is the same lease"

# The end of the mount.
hold_file "$MNT" .etcd/ephemeral/last
check "it is there" is_there last
mkdir "$DIR/other"
setsid "$ETCDFS" -f -o "endpoints=\"unix://$RUN/client:0\",lock-ttl=3600" "$DIR/other" >>"$LOG" 2>&1 </dev/null &
other=$!
wait_until "another mount" eval 'MNT=$DIR/other is_usable'
HOLDER_OF_LAST=$HOLDER
hold_file "$DIR/other" .etcd/ephemeral/there
check "it is there" is_there there
kill -TERM "$other"
wait_until "its end" is_gone "$other"
check "it has ended with the mount" is_not_there there
check "the other has not" is_there last
end_holder
HOLDER=$HOLDER_OF_LAST end_holder
wait_until "its end" is_not_there last
stop_mount
