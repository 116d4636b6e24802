#!/bin/bash
# A join that is not possible says why in one line; the next start goes on with a join that was interrupted.
# Statements: 124, 125, 272.
LIMIT=60
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/cluster.sh"

requires "needs jq" command -v jq
allow_log "does not answer|answers again|waiting for a quorum|stays a learner so far"
expect_log "members' traffic goes over http://"
read -r port_a port_b port_c <<<"$(free_ports 3)"
mkdir -m 0700 "$MNT-b" "$MNT-c"
NAMES[1]=$NAME.b MNTS[1]=$MNT-b DATAS[1]=$DATA-b RUNS[1]=$RUN.b
NAMES[2]=$NAME.c MNTS[2]=$MNT-c DATAS[2]=$DATA-c RUNS[2]=$RUN.c
b=(-e "name=${NAMES[1]}" -e "data-dir=${DATAS[1]}")
at_b=(-e "listen-peer-urls=http://127.0.0.1:$port_b")
join_a=(--join "unix://$RUN/client:0")

# refuses_as I WHAT REGEX ARG...: that peers are not encrypted is said before the line that counts.
refuses_as() {
	local i=$1
	shift
	fails "$1" "$2" limit "$ETCDFS" -e "name=${NAMES[i]}" -e "data-dir=${DATAS[i]}" "${@:3}" "${MNTS[i]}"
	one_line "$1" "not encrypted"
	is_unmounted "${MNTS[i]}" || die "$1: a mount is left"
	[ ! -e "${RUNS[i]}" ] || die "$1: the run directory is left"
}
refuses_b() { refuses_as 1 "$@"; }
members() { ctl member list -w json | jq -r "$1"; }
# id_of TEXT: the id of the member whose line has TEXT.
id_of() { ctl member list | grep -F "$1" | cut -d, -f1; }

refuses_b "no URL" "\[etcd\] join: 'ftp://somewhere:2379' is no list" "${at_b[@]}" --join "ftp://somewhere:2379"
refuses_b "given twice" "given twice" "${at_b[@]}" "${join_a[@]}" -e join=http://127.0.0.1:1
refuses_b "no peer address" "listen-peer-urls" "${join_a[@]}"
refuses_b "an initial-cluster" "initial-cluster" "${at_b[@]}" "${join_a[@]}" \
	-e initial-cluster="${NAMES[1]}=http://127.0.0.1:$port_b"

# A member that others cannot reach, and the way out that the line names.
start_mount
in_mount 'echo x >key'
refuses_b "no network" "no address for other members.*etcdctl member update" "${at_b[@]}" "${join_a[@]}"
equal "nothing was added" 1 "$(members '.members | length')"
ctl member update "$(id_of "$NAME")" --peer-urls="http://127.0.0.1:$port_a" >/dev/null
stop_mount
start_mount -e "listen-peer-urls=http://127.0.0.1:$port_a"

# Meanwhile, as it takes 20 s.
refuses_as 2 "nobody there" "cannot join .*127.0.0.1:1" "${at_b[@]}" --join http://127.0.0.1:1 &
nobody=$!

refuses_b "the peer URL of another" "its member '$NAME' has the peer URL" \
	-e "listen-peer-urls=http://127.0.0.1:$port_a" "${join_a[@]}"
ctl member add other --learner --peer-urls="http://127.0.0.1:$port_c" >/dev/null
refuses_b "another learner" "too many learner" "${at_b[@]}" "${join_a[@]}"
ctl member remove "$(id_of ":$port_c")" >/dev/null
limit "$ETCDFS" "${b[@]}" "${MNTS[1]}" -- true
refuses_b "data of its own" "${DATAS[1]} has the data of a cluster of its own" "${at_b[@]}" "${join_a[@]}"
rm -r "${DATAS[1]}"
equal "none of these is a member" 1 "$(members '.members | length')"

# Interrupted: after it was added, and before etcd has begun to live.
cat >"$DIR/etcd" <<-EOF
	#!/bin/sh
	case \$* in *--version*) exec $(command -v etcd) --version ;; esac
	exec sleep 1000
EOF
chmod +x "$DIR/etcd"
is_added() { [ "$(members '.members | length')" = 2 ]; }
begin_b() {
	setsid "$ETCDFS" -f "${b[@]}" "${at_b[@]}" "${join_a[@]}" "$@" "${MNTS[1]}" >>"$LOG" 2>&1 </dev/null &
	PIDS[1]=$!
}
b_ends() { wait_until "the end of B" is_gone "${PIDS[1]}"; }
has_sleeper() { [ -n "$(child_named "${PIDS[1]}" sleep)" ]; }
for signal in TERM KILL; do
	begin_b -e binary="$DIR/etcd"
	wait_until "B is added" is_added
	wait_until "its etcd runs" has_sleeper
	kill -"$signal" "${PIDS[1]}"
	b_ends
	is_unmounted "${MNTS[1]}" || die "a mount is left after SIG$signal"
done
expect_log "stopped by a signal before it was ready"
equal "a learner that was never started" 1 \
	"$(members '[.members[] | select(.isLearner and .name == null)] | length')"
equal "A goes on" y "$(in_mount 'echo y >key; cat key')"

# etcd cannot even start.
printf '#!/bin/sh\ncase $* in *--version*) exec %s --version ;; esac\nexit 3\n' "$(command -v etcd)" >"$DIR/etcd"
refuses_b "an etcd that dies" "status 3.*the same command goes on" "${at_b[@]}" "${join_a[@]}" \
	-e binary="$DIR/etcd"
equal "still one learner" 1 "$(members '[.members[] | select(.isLearner)] | length')"

# Killed while its etcd lives, perhaps a learner still.
is_named() { members '.members[].name' | grep -qxF "${NAMES[1]}"; }
begin_b
wait_until "its etcd has told its name" is_named
kill -KILL "${PIDS[1]}"
b_ends
allow_log "dead mount of an earlier run"
begin_b
wait_until "B" has_role "${MNTS[1]}" leader follower
equal "B has the data" y "$(in_member 1 'cat key')"
are_two_voters() { [ "$(members '[.members[] | .isLearner // false] | tojson')" = "[false,false]" ]; }
wait_until "two, and no learner" are_two_voters

check "nobody there" wait "$nobody"
# Without a quorum nobody joins, and nobody leaves.
kill -TERM "${PIDS[1]}"
b_ends
no_quorum() {
	refuses_as 2 "no quorum" "cannot join .*(unhealthy|timed out|no leader|no answer)" \
		-e "listen-peer-urls=http://127.0.0.1:$port_c" "${join_a[@]}"
	check "it said what it waited for" \
		grep -q "^etcdfs: waiting for the cluster to take this node" <<<"$WORDS"
}
no_quorum &
joining=$!
fails "nor leaves" "cannot leave the cluster" limit "$ETCDFS" --leave "$MNT"
check "no quorum" wait "$joining"
begin_b
wait_until "both are there again" is_led 0 1
kill -TERM "$PID" "${PIDS[1]}" # one that is left alone takes longer
b_ends
