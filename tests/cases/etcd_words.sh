#!/bin/bash
# etcd's log is not believed: only etcd's end and the list of the members prove that this member was removed.
# Statements: 34, 128, 282.
. "$(dirname "$0")/../lib/case.sh"

# An etcd whose log says what a key or a client has put into it, and which ends when and as the case wants.
cat >"$DIR/etcd" <<'ETCD'
#!/bin/bash
[ "$1" != --version ] || exec etcd --version
cat "$DIR/words" >&2
[ ! -e "$DIR/status" ] || { status=$(cat "$DIR/status"); rm "$DIR/status"; exit "$status"; }
exec etcd "$@"
ETCD
chmod +x "$DIR/etcd"
words='the member has been permanently removed from the cluster'
{
	printf '{"level":"warn","msg":"server error","error":"%s"}\n' "$words"
	printf '2026-01-31 12:00:00.123456 E | etcdserver: %s\n%s\n' "$words" "$words"
} >"$DIR/words"

# It is killed, or fails: that is no removal, and it is started again.
expect_log "etcd killed by signal 9 .*; it is started again"
expect_log "etcd ended with status 3 .*; it is started again"
start_mount -e "binary=$DIR/etcd"
in_mount 'echo 1 >key'
etcd=$(etcd_pid)
echo 3 >"$DIR/status"
kill -KILL "$etcd"
wait_until "the one that fails" test ! -e "$DIR/status"
wait_until "it works again" in_mount 'echo 2 >key'

# It ends by itself in good order, and does not say why.
expect_log "etcd ended with status 0 .*; it is started again"
: >"$DIR/words.none"
mv "$DIR/words" "$DIR/words.removed"
mv "$DIR/words.none" "$DIR/words"
echo 0 >"$DIR/status"
kill -KILL "$(etcd_pid)"
wait_until "the one that ends" test ! -e "$DIR/status"
wait_until "it works again" in_mount 'echo 3 >key'

# It ends so and says that it was removed, and nobody can be asked: etcdfs ends, and marks nothing.
expect_log "etcd says that this member was removed from its cluster, .*nobody can be asked"
mv "$DIR/words.removed" "$DIR/words"
echo 0 >"$DIR/status"
kill -KILL "$(etcd_pid)"
status=0
ended || status=$?
equal "its status" 1 "$status"
nothing_left
[ ! -e "$DATA/etcdfs.removed" ] || die "the data directory is marked"
: >"$DIR/words"
start_mount -e "binary=$DIR/etcd"
equal "the next start" 3 "$(in_mount 'cat key')"
