#!/bin/bash
# .etcd/status, members and metrics report the state of the mount, at once and also when etcd is down.
# Statements: 120-122.
. "$(dirname "$0")/../lib/case.sh"
. "$(dirname "$0")/../lib/metrics.sh"

# status QUERY: a value of .etcd/status, by jq. (A cd would ask etcd.)
status() { limit cat "$MNT/.etcd/status" | jq -r "$1"; }
says() { [[ $(status "$1") =~ ^($2)$ ]]; }

requires "needs jq" command -v jq
cat >"$DIR/etcd" <<-EOF
	#!/bin/sh
	[ ! -e "$DIR/dying" ] || { echo '{"level":"fatal","msg":"the disk is made of cheese"}' >&2; exit 3; }
	exec $(command -v etcd) "\$@"
EOF
chmod +x "$DIR/etcd"
start_mount -e binary="$DIR/etcd"
in_mount 'echo x >key; mkdir d; echo y >d/key'

wait_until "the database is known" says .db_size '[1-9][0-9]*'
wait_until "health" says .health ok # a busy machine's etcd may be late with an answer
wait_until "role" says .role leader
equal "name" "$NAME" "$(status .name)"
equal "version" "$(etcd --version | sed -n 's/^etcd Version: //p')" "$(status .version)"
wait_until "the leader is this one" says '.leader == .member_id' true
equal "revision" "$(revision)" "$(status .revision)"
equal "no alarms" "[]" "$(status '.alarms | tostring')"
equal "pid" "$(etcd_pid)" "$(status .etcd.pid)"
equal "restarts" 0 "$(status .etcd.restarts)"
equal "its mode" 444 "$(in_mount 'stat -c %a .etcd/status')"
wait_until "its size" in_mount '[ "$(wc -c <.etcd/status)" = "$(stat -c %s .etcd/status)" ]'
# jq rounds a number of 64 bits, python does not.
equal "ids" "$(ctl endpoint status -w json | python3 -c '
import json, sys
header = json.load(sys.stdin)[0]["Status"]["header"]
print("%x %x" % (header["member_id"], header["cluster_id"]))')" "$(status '.member_id + " " + .cluster_id')"

equal "members" "$NAME $(status .member_id) false true" \
	"$(in_mount 'cat .etcd/members' | jq -r '.[] | "\(.name) \(.id) \(.learner) \(.leader)"')"
equal "peer URLs" "unix://peer:0" "$(in_mount 'cat .etcd/members' | jq -r '.[0].peer_urls[0]')"

equal "keys, with that of the directory" 3 "$(metric keys)"
equal "revision" "$(revision)" "$(metric revision)"
in_mount 'mkdir m; head -c 100000 /dev/zero >m/large'
before=$(metric mirror_value_bytes) all=$(metric mirror_bytes)
in_mount 'rm m/large'
equal "bytes of values" 100000 $((before - $(metric mirror_value_bytes)))
check "they are part of all bytes" [ $((all - $(metric mirror_bytes))) -ge 100000 ]
in_mount 'rmdir m'
before=$(metric operations_total 'kind="mkdir"')
in_mount 'mkdir d/1 d/2'
equal "operations" $((before + 2)) "$(metric operations_total 'kind="mkdir"')"
equal "read again from the start" changed "$(in_mount 'python3 -c "
import os
fd = os.open(\".etcd/status\", os.O_RDONLY)
first = os.pread(fd, 65536, 0)
open(\"new\", \"w\").write(\"x\")
print(\"changed\" if os.pread(fd, 65536, 0) != first else first)"')"
for name in status members metrics; do
	fails "$name is only in the root" "no such" in_mount 'cat d/.etcd/$1' "$name"
	fails "writing $name" "permission denied" in_mount 'echo x >.etcd/$1' "$name"
	equal "$name is no key" "" "$(keys .etcd)"
done

# etcd does not answer: the status does, and says so.
allow_log "etcd"
pid=$(etcd_pid)
freeze "$pid"
wait_until "it says so" says .health "etcd does not answer"
wait_until "role" says .role offline
equal "what is known stays" "$NAME $pid" "$(status '"\(.name) \(.etcd.pid)"')"
fails "members" "timed out" limit cat "$MNT/.etcd/members"
kill -CONT "$pid"
wait_until "it is well again" says .health ok

# Nor does the supervisor.
freeze "$PID"
wait_until "it says so" says .health ".*supervisor.*"
kill -CONT "$PID"
wait_until "it is well again" says .health ok

# etcd dies, and dies again at each start: its last words.
expect_log "killed by signal 9"
touch "$DIR/dying"
kill -KILL "$pid"
wait_until "its last words" says .etcd.last_words "the disk is made of cheese"
wait_until "health" says .health "etcd is down" # while it is tried again it merely does not answer
[[ $(status .etcd.last_end) == *"status 3"* ]] || die "its end: $(status .etcd.last_end)"
rm "$DIR/dying"
wait_until "it is well again" says .health ok
[ "$(status .etcd.restarts)" -ge 2 ] || die "restarts: $(status .etcd.restarts)"
equal "its last words stay" "the disk is made of cheese" "$(status .etcd.last_words)"
equal "as a metric" "$(status .etcd.restarts)" "$(metric etcd_restarts_total)"
