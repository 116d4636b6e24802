#!/bin/bash
# etcdfs --lock: a command with a lock, its environment, its end when the lock is lost, and its status.
# Statements: 445-449.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/second.sh"

expect_log "lease [0-9a-f]+ of this mount is gone"
start_mount
start_second
export STATUS=$DIR/status

# locked ARG...: etcdfs --lock ARG... on the mount, under a time limit.
locked() { in_mount '"$ETCDFS" --lock "$@"' "$@"; }
# status_of EXPECTED WHAT ARG...; what it says is in $SAID.
status_of() {
	local status=0
	SAID=$(locked "${@:3}" 2>&1) || status=$?
	equal "$2: its status ($SAID)" "$1" "$status"
}
# holds ARG...: it runs in the background, and has the lock.
holds() {
	rm -f "$DIR/holds"
	(cd / && exec timeout -k 5 "$LIMIT" bash -c 'cd "$MNT" && exec "$ETCDFS" --lock "$@"' - "$@") \
		>"$DIR/said" 2>&1 &
	HOLDER=$!
	wait_until "it has the lock ($*)" test -e "$DIR/holds"
}
tool() { pgrep -P "$HOLDER"; }
ends_with() {
	local status=0
	wait "$HOLDER" || status=$?
	equal "$2: its status ($(cat "$DIR/said"))" "$1" "$status"
}

# The file is made; the lock is there as long as the command runs, and not longer.
status_of 0 "a command" new -- sh -c 'echo "$ETCD_LOCK_KEY $ETCD_LOCK_REV"; exit 0'
read -r key revision <<<"$SAID"
case $key in .etcd/lock/new/*.*) ;; *) die "ETCD_LOCK_KEY: $SAID" ;; esac
[ "$revision" -gt 1 ] || die "ETCD_LOCK_REV: $SAID"
equal "the file was made" new "$(keys new)"
equal "it is released" "" "$(keys .etcd/)"
status_of 0 "the key and its revision" new -- sh -c \
	'etcdctl --endpoints="unix://$1/client:0" get -w fields -- "$ETCD_LOCK_KEY" |
		grep -x "\"CreateRevision\" : $ETCD_LOCK_REV"' - "$RUN"
status_of 0 "what is left running does not hold it" new -- sh -c 'sleep 60 >/dev/null 2>&1 & echo $! >"$STATUS"'
equal "it is released" "" "$(keys .etcd/)"
kill "$(cat "$STATUS")"

# Statuses.
status_of 3 "the command's" new -- sh -c 'exit 3'
status_of 137 "by a signal" new -- sh -c 'kill -KILL $$'
status_of 127 "no command" new -- /none
status_of 126 "no program" new -- "$MNT/new"
status_of 1 "not on a mount" /tmp/none -- true
equal "what it says" "etcdfs: '/tmp/none' is on no mount of etcdfs" "$SAID"
[ ! -e /tmp/none ] || die "it was made"
status_of 1 "a file that cannot be" none/x -- true
status_of 2 "no command" new
status_of 2 "a second file" new other -- true
status_of 2 "a number" new --timeout x -- true
status_of 2 "a number" new -E 256 -- true
fails "without it" "needs --lock" limit "$ETCDFS" --shared "$MNT"

# Others have it: on this mount and on another.
holds new -- sh -c ': >"$1"; exec sleep 60' - "$DIR/holds"
status_of 1 "held" new --nonblock -- true
equal "what it says" "etcdfs: new: another holds the lock" "$SAID"
MNT=$MNT_B status_of 9 "held" new -n -E 9 -- true
MNT=$MNT_B status_of 1 "held for longer" new --timeout 0.3 -- true
status_of 1 "shared" new -s -n -- true
kill -TERM "$(tool)"
ends_with 143 "SIGTERM is handed on"
holds new -s -- sh -c ': >"$1"; exec sleep 60' - "$DIR/holds"
status_of 0 "shared" new -s -n -- true
MNT=$MNT_B status_of 0 "shared" new -s -n -- true
MNT=$MNT_B status_of 1 "exclusive" new -n -- true
kill -HUP "$(tool)"
ends_with 129 "SIGHUP is handed on"

# It waits, and gets it; a signal ends the wait.
holds new -- bash -c ': >"$1"; trap "kill \$!; exit 5" TERM; sleep 60 & wait' - "$DIR/holds"
(MNT=$MNT_B locked new -- sh -c 'exit 6' || exit $?) & waiting=$!
wait_until "it waits" eval '[ "$(keys .etcd/lock/ | wc -l)" = 2 ]'
kill -TERM "$(tool)"
ends_with 5 "the command decides"
status=0
wait "$waiting" || status=$?
equal "who has waited" 6 "$status"
holds new -- sh -c ': >"$1"; exec sleep 60' - "$DIR/holds"
(cd / && MNT=$MNT_B exec bash -c 'cd "$MNT" && exec "$ETCDFS" --lock new -- true') & waiting=$!
wait_until "it waits" eval '[ "$(keys .etcd/lock/ | wc -l)" = 2 ]'
kill -TERM "$waiting"
wait "$waiting" || status=$?
equal "a wait that is ended" 143 "$status"
wait_until "its place is gone" eval '[ "$(keys .etcd/lock/ | wc -l)" = 1 ]'

# It is killed: the lock is free, and the command ends.
kill -KILL "$(tool)"
ends_with 137 "killed"
wait_until "it is released" eval '[ -z "$(keys .etcd/)" ]'

# The lock is lost: the command gets SIGTERM at once, and SIGKILL when it does not end.
holds new -- bash -c ': >"$1"; trap "kill \$!; echo told; exit 0" TERM; sleep 60 & wait' - "$DIR/holds"
ctl del --prefix .etcd/lock/ >/dev/null
ends_with 75 "lost"
equal "what is said" "etcdfs: new: the lock is lost, so the command is ended told" "$(xargs <"$DIR/said")"
holds new -- sh -c 'trap "" TERM; : >"$1"; exec sleep 60' - "$DIR/holds"
ctl del --prefix .etcd/lock/ >/dev/null
since=$SECONDS
ends_with 75 "lost, and it does not end"
[ $((SECONDS - since)) -ge 4 ] || die "it was killed too early"
holds new -- sh -c ': >"$1"; exec sleep 60' - "$DIR/holds"
ctl lease revoke "$(keys .etcd/lock/new/ | sed -E 's|.*/([0-9a-f]+)\..*|\1|')" >/dev/null
ends_with 75 "the lease has ended"

# A directory: all that is below it.
in_mount 'mkdir dir'
holds dir -- sh -c ': >"$1"; exec sleep 60' - "$DIR/holds"
equal "its lock" 1 "$(keys .etcd/lock/dir%2F/ | wc -l)"
MNT=$MNT_B status_of 1 "held" dir/.etcd/lock -n -- true
kill -TERM "$(tool)"
ends_with 143 "ended"

# The mount ends under it.
holds new -- sh -c ': >"$1"; exec sleep 60' - "$DIR/holds"
end_second
expect_log "lock" 
limit umount -l "$MNT"
ends_with 75 "the mount has ended"
ended || true
