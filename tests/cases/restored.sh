#!/bin/bash
# A cluster is restored from a backup and then changed in another way: the mount shows what it has now.
# Statements: 97, 263, 264, 362.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/existing.sh"

requires "needs inotify-tools" command -v inotifywait
expect_log "lost sight of etcd's changes \((it has another history|its revision went back)\)"
allow_log "no endpoint of etcd answers|the password goes over http://|etcd permits 'app/' only"
start_cluster 1
LIMIT=40

# put_all KEY=VALUE...: one revision each.
put_all() {
	local pair
	for pair; do ctl put "app/${pair%%=*}" "${pair#*=}" >/dev/null; done
}

# go_back: etcd has what the backup has, under its old names, and is started elsewhere.
go_back() {
	stop_member 1 KILL
	rm -rf "$DIR/etcd-1"
	etcdctl snapshot restore "$DIR/backup" --name m1 --data-dir "$DIR/etcd-1" \
		--initial-cluster "$CLUSTER" --initial-cluster-token "$NAME" \
		--initial-advertise-peer-urls "http://127.0.0.1:${PEER_PORT[1]}" >"$DIR/restore" 2>&1
}

# elsewhere COMMAND...: with etcd where the mount does not see it.
elsewhere() {
	local there=$SCHEME://127.0.0.1:$(free_ports 1) here=$ENDPOINTS
	start_member 1 --listen-client-urls "$there" --advertise-client-urls "$there"
	ENDPOINTS=$there
	wait_until "etcd elsewhere" ctl get nothing
	"$@"
	ENDPOINTS=$here
	stop_member 1 TERM
}

here() {
	start_member 1
	wait_until "etcd here again" member_serves 1
}

# same_as_etcd WHAT: names and values, by one read each.
same_as_etcd() {
	local there
	there=$(ctl get --prefix app/ -w json | python3 -c '
import base64, json, sys
for kv in json.load(sys.stdin).get("kvs", []):
    print(*[base64.b64decode(kv.get(part, "")).decode() for part in ("key", "value")])')
	equal "$1" "$there" "$(in_mount 'cd "$1" && for k in *; do echo "app/$k $(cat "$k")"; done' "$AT")"
}

follow() {
	: >"$DIR/stream"
	: >"$DIR/events"
	in_mount 'cd "$1" && exec cat .etcd/watch' "$AT" >"$DIR/stream" &
	STREAM=$!
	inotifywait -qm -e create,delete --format '%e %f' "$MNT/$AT" >"$DIR/events" 2>/dev/null &
	EVENTS=$!
	wait_until "the stream, and the events" follows
}

# hold_open: k2 is read in part, and lost2 is written to, before and after what comes meanwhile.
hold_open() {
	rm -f "$DIR/held" "$DIR/restored"
	in_mount 'cd "$1" && exec python3 -c "$2"' "$AT" '
import errno, os, time
at = os.environ["DIR"]
old, gone = os.open("k2", os.O_RDONLY), os.open("lost2", os.O_WRONLY | os.O_APPEND)
assert os.pread(old, 1, 0) == b"l"
os.write(gone, b"more")
open(at + "/held", "w").close()
while not os.path.exists(at + "/restored"):
    time.sleep(0.02)
assert os.pread(old, 10, 1) == b"ost", "what was opened is read to its end"
try:
    os.close(gone)
except OSError as error:
    assert error.errno == errno.ESTALE, error
else:
    raise SystemExit("lost2 was closed without an error")' &
	HELD=$!
	wait_until "the open files" test -e "$DIR/held"
}

n=0
follows() {
	ctl put "app/try$((++n))" "" >/dev/null && grep -q '"path":"[^"]*try' "$DIR/stream" &&
		grep -q 'CREATE try' "$DIR/events"
}

# restore_under LAST...: five puts, a backup, five more that the mount and its stream see, and then
# twelve others after the backup, or fewer.
restore_under() {
	put_all k0=0
	LIMIT=300 follow
	put_all k1=1 k2=2 k3=3 k4=4 k5=5
	ctl snapshot save "$DIR/backup" >/dev/null 2>&1
	put_all lost1=a lost2=b k1=lost k2=lost
	ctl del app/k5 >/dev/null
	wait_until "what will be lost" grep -q '"type":"delete".*k5"' "$DIR/stream"
	same_as_etcd "before"
	hold_open
	go_back
	elsewhere put_all "$@"
	here
	wait_until "the mount" in_mount 'ls >/dev/null'
	same_as_etcd "after $# others"
	: >"$DIR/restored"
	wait "$HELD" || die "what was open: status $?"
	wait "$STREAM" || die "the stream: $?"
	equal "the stream's end" '{"type":"replaced"' "$(tail -n 1 "$DIR/stream" | cut -d, -f1)"
	wait_until "the loss is told" grep -q 'DELETE lost1' "$DIR/events"
	wait_until "what has come is told" grep -q 'CREATE k5' "$DIR/events"
	# From where it says, another stream goes on.
	put_all "next=$#"
	since=$(tail -n 1 "$DIR/stream" | sed 's/.*"revision":\([0-9]*\).*/\1/')
	in_mount 'read -r line <"$1/.etcd/since/$2" && echo "$line"' "$AT" "$since" >"$DIR/line"
	check "since/$since" grep -q '"path":"[^"]*next"' "$DIR/line"
	in_mount 'cd "$1" && printf mine >k1 && printf mine >k3 && [ "$(cat k1)" = mine ]' "$AT"
	same_as_etcd "and it goes on"
	kill "$EVENTS"
}

# The revisions are beyond those of the mount, and do not betray it.
others() { echo k3=other k{6..12}=x new{1..4}=y; }

AT=app
attach
# shellcheck disable=SC2046
restore_under $(others)
# They went back.
restore_under k3=again
stop_mount

# The same for whom etcd shows one prefix only.
enable_users
CTL_ALL=("${CTL_FLAGS[@]}")
AT=.
attach -o "user=app,password-file=$(password app),prefix=app/"
# shellcheck disable=SC2046
restore_under $(others)
