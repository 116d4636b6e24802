#!/bin/bash
# A damaged data directory: a start says so and fails, calls on a running mount time out, and nothing is wiped.
# Statements: 38, 157.
. "$(dirname "$0")/../lib/case.sh"

# Nothing is thrown away. (etcd itself opens both for writing, and mends what it can.)
contents() { (cd "$DATA/member" && ls wal/*.wal snap/db); }

start_mount
in_mount 'for i in {1..50}; do echo $i >key-$i; done'
stop_mount
cp -a "$DATA" "$DIR/good"

# damaged WHAT COMMAND...: after COMMAND (in the member's directory) etcdfs is refused with etcd's words.
damaged() {
	local what=$1 before
	shift
	rm -rf "$DATA"
	cp -a "$DIR/good" "$DATA"
	(cd "$DATA/member" && "$@")
	before=$(contents)
	fails "$what" "etcd .*last words|etcd runs, but does not serve" limit "$ETCDFS" -e "name=$NAME" \
		-e "data-dir=$DATA" "$MNT"
	say "$what: $(tail -n 1 <<<"$WORDS")"
	one_line "$what"
	nothing_left
	equal "$what: the files" "$before" "$(contents)"
}
garbage() { dd if=/dev/urandom of="$1" bs=1k count=64 conv=notrunc 2>/dev/null; }
damaged "the database overwritten" garbage snap/db
damaged "the log overwritten" eval 'garbage "$(ls wal/*.wal | head -n 1)"'
# This one etcd does not say: it runs, and nothing comes of it. After 30 s that is the end.
LIMIT=120 damaged "the log cut off" eval 'truncate -s 100 "$(ls wal/*.wal | head -n 1)"'

# Damaged while it is mounted: as long as etcd runs it does not know; when it starts again it does.
rm -rf "$DATA"
cp -a "$DIR/good" "$DATA"
expect_log 'etcd ended .*it is started again'
allow_log 'etcd|key .*: truncation'
start_mount
equal "a value" 7 "$(in_mount 'cat key-7')"
mv "$DATA/member/snap/db" "$DIR/db"
head -c 65536 /dev/urandom >"$DATA/member/snap/db"
kill -KILL "$(etcd_pid)"
dies() { grep -q 'etcd ended' "$LOG"; }
wait_until "etcd dies of it" dies
fails "a read" "timed out" in_mount 'cat key-7'
# Who has a copy puts it back, and that is all.
mv "$DIR/db" "$DATA/member/snap/db"
wait_until "the mount to work" in_mount '[ "$(cat key-7)" = 7 ]'
