#!/bin/bash
# A key that etcd refuses ends the start with etcd's own words, the file and the line of the key; nothing is left.
# Statements: 142.
. "$(dirname "$0")/../lib/case.sh"

config=$DIR/etcdfs.conf
free=$(free_ports 1)

# bad KEY WORDS [LINE...]: etcd refuses KEY, which stands in line 5; the LINEs come after it.
bad() {
	local key=$1 words=$2
	printf '%s\n' '[etcd]' "name = $NAME" "data-dir = $DATA" '# a comment' "${@:3}" >"$config"
	fails "$key" "^etcdfs: $config, line 5: \[etcd\] $key: etcd ended .*$words" \
		limit "$ETCDFS" -c "$config" "$MNT"
	nothing_left
}

bad no-such-flag "flag provided but not defined" "no-such-flag = 1"
bad snapshot-count "parse error|invalid value" "snapshot-count = many"
bad initial-cluster-state "invalid value" "initial-cluster-state = maybe"
bad strict-reconfig-check "invalid boolean value" "strict-reconfig-check = maybe"
bad auto-compaction-mode "unknown auto-compaction-mode" "auto-compaction-mode = weekly"
bad auto-compaction-retention "invalid|pars" "auto-compaction-retention = never"
bad listen-client-urls "first path segment|missing protocol|URL" "listen-client-urls = 127.0.0.1:$free"
bad listen-client-urls "host:port" 'listen-client-urls = "http://127.0.0.1"'
bad listen-peer-urls "expected IP in URL" "listen-peer-urls = http://nowhere.invalid:80"
bad election-timeout "at least as 5 times" "election-timeout = 1000" "heartbeat-interval = 900"
bad initial-cluster "missing from|missing" "initial-cluster = $NAME=http://127.0.0.1:$free" \
	"initial-advertise-peer-urls = http://127.0.0.1:1"
bad peer-cert-file "must both be present|no such file" "peer-cert-file = $DIR/no-cert" \
	"listen-peer-urls = https://127.0.0.1:$free"

# A port that another process has, which ends with this shell and is none of etcdfs.
exec {holder}> >(exec env -u CASE_MARK python3 -c '
import os, socket, sys
server = socket.create_server(("127.0.0.1", 0))
with open(os.environ["DIR"] + "/taken", "w") as file:
    print(server.getsockname()[1], file=file)
sys.stdin.read()')
wait_until "the port is taken" test -s "$DIR/taken"
taken=$(<"$DIR/taken")
bad listen-client-urls "127.0.0.1:$taken: bind: address already in use" \
	"listen-client-urls = http://127.0.0.1:$taken"
bad listen-peer-urls "127.0.0.1:$taken: bind: address already in use" \
	"listen-peer-urls = http://127.0.0.1:$taken"
bad initial-cluster "127.0.0.1:$taken: bind: address already in use" \
	"initial-cluster = $NAME=http://127.0.0.1:$taken,other=http://127.0.0.1:1"
exec {holder}>&-

refuses "on the command line" "^etcdfs: \[etcd\] no-such-flag: etcd ended .*not defined" \
	-e "name=$NAME" -e "data-dir=$DATA" -e no-such-flag=1 "$MNT"
refuses "its own name is not in it" "\[etcd\] initial-cluster: the member '$NAME' itself is not" \
	-e "name=$NAME" -e "data-dir=$DATA" -e "initial-cluster=a=http://127.0.0.1:1" "$MNT"
