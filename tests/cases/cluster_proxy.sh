#!/bin/bash
# Two mounts through etcd's own gRPC proxy have events and streams, and go on when etcd comes back.
# Statements: 270.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/existing.sh"

start_cluster 1
read -r port <<<"$(free_ports 1)"
start_proxy() {
	env -u CASE_MARK etcd grpc-proxy start --endpoints="$ENDPOINTS" \
		--listen-addr="127.0.0.1:$port" >>"$DIR/proxy.log" 2>&1 </dev/null &
	PROXY=$!
	disown
}
end_proxy() {
	kill -KILL "$PROXY" 2>/dev/null || true
	wait_until "the end of the proxy" is_gone "$PROXY"
}
start_proxy
AT_END+=(end_proxy)
through() { ETCDCTL_ENDPOINTS=127.0.0.1:$port limit etcdctl "$@"; }
wait_until "the proxy" through get nothing

# The second mount's watch is the first one's to the proxy.
ENDPOINTS=127.0.0.1:$port attach
ENDPOINTS=127.0.0.1:$port start_second
in_mount 'echo 1 >a && mkdir d && echo 2 >d/b && mv d e'
equal "on the other mount" $'1\n2' "$(in_second 'cat a e/b')"
ctl put c 3 >/dev/null
equal "by a client of etcd" 33 "$(in_mount 'cat c'; in_second 'cat c')"
in_second 'echo 4 >a'
equal "what the other has written" 4 "$(in_mount 'cat a')"

# Streams: the history, and what comes.
reader='import json, sys
with open(sys.argv[1]) as stream:
    print("open", flush=True)
    for line in stream:
        event = json.loads(line)
        print(event["revision"], event["path"], flush=True)
        if event["key"] == "END":
            break'
in_mount 'python3 -c "$@"' "$reader" .etcd/since/0 >"$DIR/since" &
since=$!
in_mount 'python3 -c "$@"' "$reader" .etcd/watch >"$DIR/watch" &
watch=$!
for stream in since watch; do # an open without etcd would end with an error
	wait_until "the stream $stream" grep -q open "$DIR/$stream"
done
first=$(($(revision) + 1))

# etcd goes and comes behind the proxy, and then the proxy does.
in_second 'echo 5 >a'
stop_member 1 KILL
fails "without etcd" "timed out" in_mount 'cat a'
start_member 1
wait_until "etcd" in_mount '[ "$(cat a)" = 5 ]'
wait_until "the other mount" in_second 'echo 6 >a && [ "$(cat a)" = 6 ]'
end_proxy
start_proxy
wait_until "the mount" in_mount '[ "$(cat a)" = 6 ]'
wait_until "the other mount" in_second '[ "$(cat a)" = 6 ]'
# A read or a write that begins while the proxy connects again may take etcd its time (270).
wait_until "a write after it" in_mount 'echo 1 >END'
check "the stream from the beginning" wait "$since"
check "the stream" wait "$watch"
last=$(sed -n 's/ END$//p' "$DIR/watch")
equal "revisions of the stream" "$(seq -s ' ' "$first" "$last")" \
	"$(sed 1d "$DIR/watch" | cut -d ' ' -f 1 | uniq | tr '\n' ' ' | sed 's/ $//')"
equal "revisions from the beginning" "$(seq -s ' ' 2 "$last")" \
	"$(sed 1d "$DIR/since" | cut -d ' ' -f 1 | uniq | tr '\n' ' ' | sed 's/ $//')"
