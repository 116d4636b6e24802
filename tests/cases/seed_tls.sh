#!/bin/bash
# Members with certificates of their own keep out a member whose certificate is from another authority.
# Statements: 107.
. "$(dirname "$0")/../lib/seed.sh"
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/cluster.sh"

requires "needs openssl" command -v openssl
seed_begin

# authority NAME: NAME.crt and NAME.key. certificate AUTHORITY NAME: of a member on this address.
authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
		-subj "/CN=$1" -keyout "$DIR/$1.key" -out "$DIR/$1.crt" 2>/dev/null
}

certificate() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" \
		-keyout "$DIR/$2.key" -out "$DIR/$2.csr" 2>/dev/null
	openssl x509 -req -days 2 -in "$DIR/$2.csr" -CA "$DIR/$1.crt" -CAkey "$DIR/$1.key" \
		-CAcreateserial -out "$DIR/$2.crt" -extfile /dev/stdin 2>/dev/null <<-EXTENSIONS
			subjectAltName = IP:127.0.0.1
			extendedKeyUsage = serverAuth, clientAuth
		EXTENSIONS
}

authority ours
authority theirs
for i in 0 1 2; do
	certificate ours "member$i"
done
certificate theirs stranger

seed_configs https "peer-cert-file = $DIR/member@.crt" "peer-key-file = $DIR/member@.key" \
	"peer-trusted-ca-file = $DIR/ours.crt" "peer-client-cert-auth = true"
good=$(cat "$DIR/config3.ini")
sed -i "s/member2\.\(crt\|key\)/stranger.\1/; s/ours.crt/theirs.crt/" "$DIR/config3.ini"
for i in 1 2 3; do
	seed_start "$i"
done
wait_until "two of them form a cluster" is_led 0 1
seed_write 0 key value
seed_read 1 key value

# The third has been refused by both, again and again, for as long as the others needed.
kept_out() { has_role "${MNTS[2]}" candidate offline; }
wait_until "the stranger knows no leader" kept_out
check "it said that it waits" grep -q "waiting for a quorum" "$DIR/3.err"
fails "what the stranger reads" "timed out" in_member 2 'cat key'
wait_until "the stranger still knows no leader" kept_out

# The certificate was all that was wrong with it.
take_off umount "$DIR/3"
wait_until "the end of the stranger" eval '[ ! -e /run/etcdfs/infra2 ]'
echo "$good" >"$DIR/config3.ini"
seed_start 3
wait_until "all three" is_led 0 1 2
seed_read 2 key value
for i in 1 2 3; do
	equal "no warning of member $i" "" "$(grep -v 'waiting for a quorum' "$DIR/$i.err" || true)"
done
seed_stop
