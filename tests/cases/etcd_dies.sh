#!/bin/bash
# etcd dies at every start: calls are ETIMEDOUT, etcd's last words are in the log, and it heals by itself.
# Statements: 33, 34, 150, 157.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/writers.sh"

# An etcd that can be broken: it says why, and dies.
mkdir "$DIR/bin"
cat >"$DIR/bin/etcd" <<END
#!/bin/sh
[ ! -e "$DIR/broken" ] || { [ "\$1" = --version ] || { echo "the disk has a hole" >&2; exit 7; }; }
exec $(command -v etcd) "\$@"
END
chmod +x "$DIR/bin/etcd"
expect_log 'etcd ended with status 7 .*its last words: the disk has a hole; it is started again in [0-9]+ ms'
allow_log 'etcd killed|key .*: truncation'
start_mount -o timeout=2 -e "binary=$DIR/bin/etcd"
in_mount 'echo old >key'
start_writers 2 "$MNT"

touch "$DIR/broken"
kill -KILL "$(etcd_pid)"
deaths() { [ "$(grep -c 'ended with status 7' "$LOG")" -ge "$1" ]; }
wait_until "several deaths" deaths 3
fails "a read" "timed out" in_mount 'cat key'
fails "a write" "timed out" in_mount 'echo new >key'
wait_until "the role" has_role "$MNT" offline
sleep 3 # into the longest pause between two tries
heals "the cause is gone" rm "$DIR/broken"
equal "the value" old "$(in_mount 'cat key')"
judge_writers "$RUN" "$MNT"
