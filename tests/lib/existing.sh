# An etcd that etcdfs does not start: one or more members that the case runs itself.
# shellcheck shell=bash
#
# To be sourced after case.sh. The case then starts etcdfs with endpoints, and without a name and data
# of its own.
#
#   plan_cluster COUNT [http|https]   chooses ports and names for COUNT members; sets $ENDPOINTS
#   start_member I [FLAG...]          starts member I (from 1) in the background; FLAGs are etcd's
#   start_cluster COUNT [FLAG...]     does both for all members, and waits until all serve
#   stop_member I SIGNAL              sends member I SIGNAL, and waits for its end
#   ctl ARG...                        etcdctl, to all members, with ${CTL_FLAGS[@]}
#   make_certificates                 makes an authority and the certificates that it signs, in $PKI
#   enable_users                      turns RBAC on; users root, app (may use app/), reader (may read app/)
#   attach ARG...                     start_mount with these endpoints
#   start_second, in_second           a second mount (second.sh)
. "$TOP/tests/lib/second.sh"
PKI=$DIR/pki
CTL_FLAGS=()
MEMBER_PID=()
SCHEME=http

own_options() { :; }

plan_cluster() {
	local i
	COUNT=$1
	SCHEME=${2:-http}
	read -ra PORT <<<"0 $(free_ports $((2 * COUNT)))"
	CLIENT_PORT=("${PORT[@]:0:COUNT + 1}") PEER_PORT=(0 "${PORT[@]:COUNT + 1}")
	ENDPOINTS= CLUSTER=
	for ((i = 1; i <= COUNT; i++)); do
		ENDPOINTS+=${ENDPOINTS:+,}$SCHEME://127.0.0.1:${CLIENT_PORT[i]}
		CLUSTER+=${CLUSTER:+,}m$i=http://127.0.0.1:${PEER_PORT[i]}
	done
}

# Without the case's mark: it is not etcdfs that leaves them.
start_member() {
	local i=$1
	shift
	env -u CASE_MARK etcd --name "m$i" --data-dir "$DIR/etcd-$i" --logger=zap \
		--listen-client-urls "$SCHEME://127.0.0.1:${CLIENT_PORT[i]}" \
		--advertise-client-urls "$SCHEME://127.0.0.1:${CLIENT_PORT[i]}" \
		--listen-peer-urls "http://127.0.0.1:${PEER_PORT[i]}" \
		--initial-advertise-peer-urls "http://127.0.0.1:${PEER_PORT[i]}" \
		--initial-cluster "$CLUSTER" --initial-cluster-token "$NAME" \
		"$@" >>"$DIR/etcd-$i.log" 2>&1 </dev/null &
	MEMBER_PID[i]=$!
	disown # its death is no news
}

ctl() { limit etcdctl --endpoints="$ENDPOINTS" "${CTL_FLAGS[@]}" "$@"; }

# Asks each member, as a client without any rights can.
member_serves() {
	LIMIT=20 limit etcdctl --endpoints="$SCHEME://127.0.0.1:${CLIENT_PORT[$1]}" "${CTL_FLAGS[@]}" \
		get nothing
}

all_serve() {
	local i
	for ((i = 1; i <= COUNT; i++)); do
		member_serves "$i" || return 1
	done
}

start_cluster() {
	local i count=$1
	shift
	plan_cluster "$count" "$SCHEME"
	AT_END+=(stop_cluster)
	for ((i = 1; i <= count; i++)); do
		start_member "$i" "$@"
	done
	wait_until "the cluster" all_serve
}

stop_member() {
	kill -CONT "${MEMBER_PID[$1]}" 2>/dev/null || true
	kill -"$2" "${MEMBER_PID[$1]}" 2>/dev/null || true
	wait_until "the end of member $1" is_gone "${MEMBER_PID[$1]}"
}

# The mount goes first: it would have something to say otherwise.
stop_cluster() {
	local i
	if [ -n "$PID" ] && kill -TERM "$PID" 2>/dev/null; then
		wait_until "the end of etcdfs" is_gone "$PID"
	fi
	for i in "${!MEMBER_PID[@]}"; do
		stop_member "$i" KILL
	done
}

attach() { start_mount -o "endpoints=\"$ENDPOINTS\"" "$@"; }

# --- Certificates ------------------------------------------------------------------------------

# sign AUTHORITY NAME SUBJECT [DAYS]: NAME.pem and NAME.key, signed by AUTHORITY.pem.
sign() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "$3" \
		-keyout "$PKI/$2.key" -out "$PKI/$2.csr"
	openssl x509 -req -in "$PKI/$2.csr" -CA "$PKI/$1.pem" -CAkey "$PKI/$1.key" \
		-CAcreateserial -days "${4:-2}" -out "$PKI/$2.pem" \
		-extfile <(echo "subjectAltName=${5:-IP:127.0.0.1}")
}

authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
		-subj "/CN=$1" -keyout "$PKI/$1.key" -out "$PKI/$1.pem"
}

# -days 0 ends at once: an expired one without a clock to turn.
make_certificates() {
	mkdir -m 0700 "$PKI"
	{
		authority ca
		authority other
		sign ca server /O=server
		sign ca stranger /O=server 2 DNS:elsewhere.example
		sign ca client /O=client
		sign ca expired /O=client 0
		sign other foreign /O=client
	} >"$PKI/log" 2>&1 || { cat "$PKI/log" >&2; die "no certificates"; }
}

# --- Users -------------------------------------------------------------------------------------

# ask_as USER ARG...: etcdctl as USER.
ask_as() { limit etcdctl --endpoints="$ENDPOINTS" "${TLS_FLAGS[@]}" --user "$1:pw-$1" "${@:2}"; }
TLS_FLAGS=()

# password USER: the file that has it.
password() {
	(umask 077 && echo "pw-$1" >"$DIR/password-$1")
	echo "$DIR/password-$1"
}

add_user() { ctl user add "$1:pw-$1"; }

enable_users() {
	{
		add_user root
		ctl user grant-role root root
		add_user app
		ctl role add app
		ctl role grant-permission app --prefix=true readwrite app/
		ctl user grant-role app app
		add_user reader
		ctl role add reader
		ctl role grant-permission reader --prefix=true read app/
		ctl user grant-role reader reader
		add_user nobody
		ctl auth enable
	} >"$DIR/users" 2>&1 || { cat "$DIR/users" >&2; die "no users"; }
	CTL_FLAGS+=(--user root:pw-root)
}
