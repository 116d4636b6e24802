#!/bin/bash
# A cluster behind TLS: who is trusted, who is let in, and what the start says of each that is not.
# Statements: 93, 94.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/existing.sh"
requires "no openssl here" command -v openssl

SCHEME=https
make_certificates
tls() { printf -- "--%s-file=%s\n" cert "$PKI/$1.pem" key "$PKI/$1.key"; }
# shellcheck disable=SC2034
TLS_FLAGS=(--cacert "$PKI/ca.pem" --cert "$PKI/client.pem" --key "$PKI/client.key")
CTL_FLAGS=("${TLS_FLAGS[@]}")
# shellcheck disable=SC2046
start_cluster 1 $(tls server) --client-cert-auth --trusted-ca-file "$PKI/ca.pem"

# with CA CERT: the options.
with() { echo "cacert=$PKI/$1.pem,cert=$PKI/$2.pem,key=$PKI/$2.key,endpoints=$ENDPOINTS"; }
refuses "an authority that we do not know" "cannot connect to etcd: .*certificate" \
	-o "$(with other client)" "$MNT"
refuses "no authority given" "cannot connect to etcd: .*certificate" -o "endpoints=$ENDPOINTS" "$MNT"
refuses "no certificate of ours" "cannot connect to etcd: .*(certificate|SSL|TLS)" \
	-o "cacert=$PKI/ca.pem,endpoints=$ENDPOINTS" "$MNT"
refuses "a certificate of another authority" "cannot connect to etcd: .*certificate|SSL" \
	-o "$(with ca foreign)" "$MNT"
sleep 1.1 # seconds are what certificates are counted in
refuses "one that is expired" "cannot connect to etcd: .*certificate|SSL" \
	-o "$(with ca expired)" "$MNT"
refuses "a key of another" "cannot connect to etcd: .*key" \
	-o "cacert=$PKI/ca.pem,cert=$PKI/client.pem,key=$PKI/foreign.key,endpoints=$ENDPOINTS" "$MNT"
refuses "no certificate at all" "cert: $PKI/none.pem: No such file" -o "$(with ca none)" "$MNT"

# It works, values of any size included.
start_mount -o "$(with ca client)"
wait_until "the role" has_role "$MNT" follower # where etcd is slow it is offline for a while
head -c 1500000 /dev/urandom >"$DIR/big"
for i in 1 2 3; do
	in_mount 'cat "$DIR/big" >big$1 && cmp big$1 "$DIR/big"' "$i"
done
in_mount 'for i in {1..100}; do echo $i >f$i & done; wait; [ "$(cat f* | sort -n | tail -n 1)" = 100 ]'
equal "seen by others" 7 "$(ctl get --print-value-only f7)"
ctl put f7 8 >/dev/null
equal "seen of others" 8 "$(in_mount 'cat f7')"
stop_mount

# Without a scheme it is TLS where there is an authority to trust, as for etcdctl.
ENDPOINTS=${ENDPOINTS#https://}
start_mount -o "$(with ca client)"
equal "without a scheme" 8 "$(in_mount 'cat f7')"
stop_mount

# The name in a client's certificate is its user, where etcd knows users.
ENDPOINTS=https://$ENDPOINTS
enable_users
CTL_FLAGS=("${TLS_FLAGS[@]}" --user root:pw-root)
sign ca reader /CN=reader >"$PKI/log" 2>&1
ctl put app/a 9 >/dev/null
expect_log "etcd permits 'app/' only"
start_mount -o "$(with ca reader),prefix=app/"
equal "as the certificate's user" 9 "$(in_mount 'cat a')"
fails "as the certificate's user" "permission denied" in_mount ': >a'
stop_mount

# The server's name is not the one that we call.
stop_member 1 KILL
# shellcheck disable=SC2046
start_member 1 $(tls stranger) --client-cert-auth --trusted-ca-file "$PKI/ca.pem"
# It listens before it answers.
answers() {
	timeout 5 openssl s_client -connect "127.0.0.1:${CLIENT_PORT[1]}" -cert "$PKI/client.pem" \
		-key "$PKI/client.key" </dev/null
}
wait_until "etcd answers" answers
refuses "a server of another name" "cannot connect to etcd: .*(subject|name|certificate)" \
	-o "$(with ca client)" "$MNT"
