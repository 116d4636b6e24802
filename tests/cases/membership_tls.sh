#!/bin/bash
# A node joins a cluster whose client URLs are https://, with the certificates that it is given.
# Statements: 93, 123, 125.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/existing.sh"
requires "no openssl here" command -v openssl

SCHEME=https
make_certificates
CTL_FLAGS=(--cacert "$PKI/ca.pem" --cert "$PKI/client.pem" --key "$PKI/client.key")
start_cluster 1 --cert-file="$PKI/server.pem" --key-file="$PKI/server.key" --client-cert-auth \
	--trusted-ca-file="$PKI/ca.pem"
ctl put before x >/dev/null

b=(-e "name=$NAME" -e "data-dir=$DATA" -e "listen-peer-urls=http://127.0.0.1:$(free_ports 1)"
	--join "$ENDPOINTS")
with() { echo "cacert=$PKI/$1.pem,cert=$PKI/$2.pem,key=$PKI/$2.key"; }
# That peers are not encrypted is said before the line that counts.
refuses_b() {
	fails "$1" "$2" limit "$ETCDFS" "${b[@]}" "${@:3}" "$MNT"
	nothing_left
}
refuses_b "no authority" "cannot join the cluster at $ENDPOINTS: .*certificate"
refuses_b "another authority" "cannot join .*certificate" -o "$(with other client)"
refuses_b "no certificate of ours" "cannot join .*(certificate|SSL|TLS)" -o "cacert=$PKI/ca.pem"
refuses_b "half of one" "cert: needs key" -o "cacert=$PKI/ca.pem,cert=$PKI/client.pem"
refuses_b "no such file" "cacert: $PKI/none.pem: No such file" -o "$(with none client)"
refuses_b "a user" "user: is for an existing cluster" -o "$(with ca client),user=u"
equal "none of these is a member" 1 "$(ctl member list | wc -l)"

# It joins, and the same command starts it again. On a slow machine that is before there is a leader.
allow_log "waiting for a quorum|stays a learner so far"
for i in 1 2; do
	expect_log "members' traffic goes over http://"
	start_mount "${b[@]}" -o "$(with ca client)"
	wait_until "it serves" has_role "$MNT" leader follower
	equal "what was there" x "$(in_mount 'cat before')"
	equal "two voters" 2 "$(ctl member list | grep -c 'started.*false$')"
	in_mount 'echo "$1" >after' "$i"
	equal "seen by others" "$i" "$(ctl get --print-value-only after)"
	[ "$i" = 2 ] || stop_mount
done
# Some versions of etcd panic while they are being removed; started again, it is told that it was.
allow_log "etcd ended with status 2 .*; it is started again"
expect_log "left the cluster"
limit "$ETCDFS" --leave "$MNT"
wait_until "the end of etcdfs" is_gone "$PID"
wait "$PID" || die "status $?"
PID=
is_one() { [ "$(ctl member list | wc -l)" = 1 ]; }
wait_until "one is left" is_one
