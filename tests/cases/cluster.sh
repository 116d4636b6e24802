#!/bin/bash
# etcdfs mounts an existing cluster without an etcd of its own; a start that cannot says why in one line.
# Statements: 90, 92, 94, 234, 272.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/existing.sh"

# What takes long says what it waits for: one that has no cluster, and one whose filesystem is not served.
start_cluster 1
coproc FIRST_ONLY { exec env -u CASE_MARK python3 "$TOP/tests/lib/first_only.py" "${CLIENT_PORT[1]}"; }
read -r port <&"${FIRST_ONLY[0]}"
mkdir "$DIR/mnt2"
"$ETCDFS" -f -o "endpoints=127.0.0.1:$port,timeout=2" "$DIR/mnt2" 2>"$DIR/unserved" &
unserved=$!
fails "nobody there" "cannot connect to etcd: http://127.0.0.1:1: .*connect" \
	limit "$ETCDFS" -o endpoints=127.0.0.1:1 "$MNT"
one_line "nobody there"
check "what it waits for" grep -q "^etcdfs: waiting for etcd to serve: http://127.0.0.1:1: .*connect" <<<"$WORDS"
waiting="etcdfs: waiting for the filesystem process to mount and to read the keys: cannot read the keys: "
waiting+="http://127.0.0.1:$port: connected, but no answer"
wait_until "what the other waits for" grep -qxF "$waiting" "$DIR/unserved"
kill -TERM "$unserved"
wait_until "its end" is_gone "$unserved"
equal "its words" "etcdfs: stopped by a signal before it was ready" "$(tail -n 1 "$DIR/unserved")"
nothing_left
refuses "an endpoint that is none" "endpoints: 'ftp://h:1' is no list" -o endpoints=ftp://h:1 "$MNT"
refuses "no port" "endpoints: 'host' is no list" -o endpoints=host "$MNT"
refuses "an etcd key as well" "name: endpoints names an existing" -e name=x -o endpoints=h:1 "$MNT"
refuses "a user and no endpoints" "user: .*no endpoints" -o user=x "$MNT"
refuses "a user without a password" "user: needs password-file" -o user=x,endpoints=h:1 "$MNT"
refuses "a key without a certificate" "key: needs cert" -o key=x,endpoints=h:1 "$MNT"
refuses "no such file" "cacert: $DIR/none: No such file" -o "cacert=$DIR/none,endpoints=h:1" "$MNT"
mkfifo -m 600 "$DIR/fifo"
for files in "cacert=$DIR/fifo" "cert=$DIR/fifo,key=$0" "key=$DIR/fifo,cert=$0"; do
	LIMIT=20 refuses "a pipe" "${files%%=*}: $DIR/fifo is no regular file" -f -o "$files,endpoints=h:1" "$MNT"
done
refuses "a pipe with a password" "$DIR/fifo holds no password" \
	-o "user=x,password-file=$DIR/fifo,endpoints=h:1" "$MNT"
echo secret >"$DIR/password"
chmod 640 "$DIR/password"
refuses "a password for others" "others can read $DIR/password .*chmod 600" \
	-o "user=x,password-file=$DIR/password,endpoints=h:1" "$MNT"
: >"$DIR/password"
chmod 600 "$DIR/password"
refuses "an empty password" "holds no password" \
	-o "user=x,password-file=$DIR/password,endpoints=h:1" "$MNT"

ctl put before there >/dev/null
attach
wait_until "the role" has_role "$MNT" follower
[ -z "$(etcd_pid)" ] || die "an etcd was started"
[ ! -e "$RUN_BASE/default" ] || die "a run directory was made"
equal "what was there" there "$(in_mount 'cat before')"
check "df" in_mount 'stat -f -c "%S %b %a" . | { read -r s b a; [ $((s * b)) = $((2 << 30)) ] && [ "$a" -gt 0 ]; }'
in_mount 'mkdir d && echo one >d/a && echo two >>d/a && mv d/a d/b'
equal "what was written" $'one\ntwo' "$(ctl get --print-value-only d/b)"
ctl put d/c three >/dev/null
equal "what another has written" three "$(in_mount 'cat d/c')"
fails "the same place again" "mounted there already" \
	limit "$ETCDFS" -o "endpoints=$ENDPOINTS" "$MNT"

# The cluster goes and comes back, and so does the mount's role.
expect_log "no endpoint of etcd answers \(.*127.0.0.1"
stop_member 1 KILL
wait_until "offline" has_role "$MNT" offline
fails "a write" "timed out" limit bash -c 'echo lost >"$MNT/d/b"'
start_member 1
wait_until "the cluster again" has_role "$MNT" follower
in_mount 'echo four >d/b'
equal "after the return" four "$(ctl get --print-value-only d/b)"
wait_until "the line" grep -q "etcd answers again" "$LOG"
