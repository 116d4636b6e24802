#!/bin/bash
# A cluster behind TLS: which certificates are trusted, which are let in, and what the start says of each other one.
# Statements: 93, 94, 271.
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

# What a server has to say of a certificate may be lost with the connection, at any moment of the
# handshake, and behind it. All three servers at once, since each start ends after 10 s.
read -ra ports <<<"$(free_ports 3)"
coproc RESETS {
	exec env -u CASE_MARK python3 "$TOP/tests/lib/resets.py" "$PKI/server.pem" "$PKI/server.key" "${ports[@]}"
}
read -r _ <&"${RESETS[0]}"
starts=()
for i in 0 1 2; do
	mkdir "$DIR/mnt-$i"
	timeout -k 5 "$LIMIT" "$ETCDFS" -o "$(ENDPOINTS=https://127.0.0.1:${ports[i]}; with ca client)" "$DIR/mnt-$i" \
		>"$DIR/words-$i" 2>&1 &
	starts+=($!)
done
for i in 0 1 2; do
	status=0
	wait "${starts[i]}" || status=$?
	WORDS=$(cat "$DIR/words-$i")
	equal "a server that resets ($i): status ($WORDS)" 1 "$status"
	one_line "a server that resets ($i)"
	grep -q "^etcdfs: cannot connect to etcd: .*does etcd take our certificate" <<<"$WORDS" ||
		die "a server that resets ($i): $WORDS"
done
nothing_left
kill "$RESETS_PID"

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

# Another authority, and what it has signed: in etcd and in the files nobody notices it.
ENDPOINTS=https://$ENDPOINTS
sign other new-server /O=server >"$PKI/log" 2>&1
now_with() {
	cp "$PKI/$1.pem" "$PKI/now-ca.pem"
	cp "$PKI/$2.pem" "$PKI/now.pem"
	cp "$PKI/$2.key" "$PKI/now.key"
}
# restart AUTHORITY SERVER [CLIENT]: etcd, which takes those only whom AUTHORITY has signed, as CLIENT is.
restart() {
	stop_member 1 KILL
	[ -z "${3:-}" ] || now_with "$1" "$3"
	# shellcheck disable=SC2046
	start_member 1 $(tls "$2") --client-cert-auth --trusted-ca-file "$PKI/$1.pem"
}
now_with ca client
start_mount -o "cacert=$PKI/now-ca.pem,cert=$PKI/now.pem,key=$PKI/now.key,endpoints=$ENDPOINTS"
in_mount 'echo 9 >f9'
restart other new-server foreign
wait_until "another authority" in_mount '[ "$(cat f9)" = 9 ] && echo 10 >f9'
wait_until "the role" has_role "$MNT" follower
! grep "takes us no longer" "$LOG" || die "it was noticed"

# In etcd alone: that is said, and mended by the files.
health() { limit cat "$MNT/.etcd/status" | sed -n 's/.*"health":[^"]*"\(.*\)",$/\1/p'; }
says_health() { health | grep -qE "$1"; }
expect_log "etcd takes us no longer, trying again: .*certificate"
expect_log "etcd takes us again"
restart ca server
wait_until "the health" says_health "takes us no longer: .*certificate"
now_with ca client
wait_until "the first authority again" in_mount '[ "$(cat f9)" = 10 ] && echo 11 >f9'
wait_until "the health" says_health '^ok$'
equal "seen by others" 11 "$(ctl get --print-value-only f9)"
stop_mount

# The name in a client's certificate is its user, where etcd knows users.
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
