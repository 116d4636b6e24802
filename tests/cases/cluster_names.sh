#!/bin/bash
# A name server that does not answer holds up no start, no signal, no operation and no umount.
# Statements: 268, 269.
if [ -z "${INSIDE:-}" ] && unshare -mn true 2>/dev/null; then
	INSIDE=1 exec unshare -mn -- "$0" # a network, and an /etc/resolv.conf, of its own
fi
. "$(dirname "$0")/../lib/case.sh"
requires "needs namespaces, and so root" test -n "${INSIDE:-}"
. "$TOP/tests/lib/existing.sh"

# The resolver waits for this one for minutes: longer than anything here may take.
LIMIT=30
ip link set lo up
echo "hosts: files dns" >"$DIR/nsswitch.conf"
printf '%s\n' "nameserver 127.0.0.1" "options timeout:30 attempts:4" >"$DIR/resolv.conf"
for file in nsswitch.conf resolv.conf; do
	mount --bind "$DIR/$file" "/etc/$file"
done
coproc NAME_SERVER { exec env -u CASE_MARK python3 "$TOP/tests/lib/name_server.py" "$DIR/silent"; }
read -r _ <&"${NAME_SERVER[0]}"
be_silent() { : >"$DIR/silent"; }
speak() { rm "$DIR/silent"; }
is_asked() { [ -s "$DIR/silent" ]; }

read -r peer <<<"$(free_ports 1)"
start_cluster 1
port=${CLIENT_PORT[1]}
by_name=http://etcd.example:$port
join=(-e "name=$NAME" -e "data-dir=$DATA" -e "listen-peer-urls=http://127.0.0.1:$peer" -e "join=$by_name")

# Refused, in words that name the cause.
be_silent
refuses "a start" "cannot connect to etcd: $by_name: the name server does not answer" \
	-o "endpoints=$by_name" "$MNT"

# A signal ends a start that waits for a name, and one that waits for it to join.
# stopped ARG...
stopped() {
	local status=0
	be_silent
	"$ETCDFS" -f "$@" "$MNT" 2>"$DIR/words" &
	PID=$!
	wait_until "a question" is_asked
	kill -TERM "$PID"
	ended || status=$?
	equal "status of a start that is stopped" 1 "$status"
	equal "its words" "etcdfs: stopped by a signal before it was ready" "$(tail -n 1 "$DIR/words")"
	nothing_left
}
stopped -o "endpoints=$by_name"
stopped "${join[@]}"

# Another endpoint has an address.
start_mount -o "endpoints=\"$by_name,http://127.0.0.1:$port\""
in_mount 'echo 1 >a'
stop_mount umount

# Mounted by a name, which etcd had when it was asked last, and has again.
speak
start_mount -o "endpoints=$by_name,timeout=1"
be_silent
equal "read by name" 1 "$(in_mount 'cat a')"
stop_member 1 KILL
wait_until "a question" is_asked
fails "without etcd" "timed out" in_mount 'cat a'
start_member 1
wait_until "etcd, where it was" in_mount '[ "$(cat a)" = 1 ] && echo 2 >a'
stop_member 1 KILL
stop_mount umount # while the question is still under way

# One that joins by a name, starts again with it and leaves: what it joined by is in the way of nothing.
own_options() { :; }
expect_log "members' traffic goes over http://"
expect_log "left the cluster"
# etcd may panic while it is being removed; started again, it is told that it was.
allow_log "etcd ended with status 2 .*; it is started again"
start_member 1
wait_until "etcd" member_serves 1
speak
start_mount "${join[@]}"
wait_until "a leader" in_mount 'grep -qE "leader|follower" .role' # only then a TERM ends what is ready
stop_mount
be_silent
start_mount "${join[@]}"
in_mount 'echo 1 >a'
check "leaving" limit "$ETCDFS" --leave "$MNT"
ended || die "status $? after leaving"
nothing_left
