#!/bin/bash
# A user who may see one prefix only has the same promises: a read sees what was put anywhere before it.
# Statements: 97.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/existing.sh"

start_cluster 1
enable_users
expect_log "the password goes over http://"
expect_log "etcd permits 'app/' only"
ctl put app/k 0 >/dev/null
ctl put app/x 0 >/dev/null
# Three timeouts are more than the time that its process stands still below.
attach -o "user=app,password-file=$(password app),prefix=app/,timeout=20"
start_second -o "user=root,password-file=$(password root)" # sees and moves all

# What happens elsewhere makes revisions that the prefix's user is not told of.
LIMIT=300 in_second 'until [ -e "$DIR/quiet" ]; do echo "$RANDOM" >noise; echo >app0; rm app0; done' &
NOISE=$!

for i in {1..10}; do
	in_second 'echo "$1" >app/k' "$i"
	equal "put $i" "$i" "$(in_mount 'cat k')"
	in_second 'rm app/k'
	in_mount '[ ! -e k ] && [ "$(ls)" = x ]' || die "deleted $i, and still seen"
	# Of two keys one goes and one comes, in one transaction: never both, never none.
	in_second 'mv app/x app/y'
	equal "moved $i" y "$(in_mount 'ls')"
	in_second 'mv app/y app/x && echo "$1" >app/x' "$i"
	equal "back $i" "x $i" "$(in_mount 'echo "$(ls) $(cat x)"')"
	# What came and went leaves the newest revision and the count as they were.
	in_second 'echo >app/z && rm app/z'
	equal "as before $i" x "$(in_mount 'ls')"
	in_mount 'echo "own $1" >k && [ "$(cat k)" = "own $1" ]' "$i"
	equal "own $i" "own $i" "$(in_second 'cat app/k')"
done

# A directory listing at any moment has one of the two.
in_second 'for i in {1..50}; do mv app/x app/y; mv app/y app/x; done' &
MOVER=$!
in_mount 'for i in {1..75}; do set -- [xy]; [ $# = 1 ] && [ "$1" != "[xy]" ] || exit 1; done' ||
	die "both names, or none"
wait "$MOVER"

# Two writers of one key: a transaction that is refused changes nothing that we are told of.
in_second 'for i in {1..20}; do echo b >>app/log; done' &
APPENDER=$!
in_mount 'touch log; for i in {1..20}; do echo a >>log; done'
wait "$APPENDER"
equal "appended" 40 "$(in_mount 'grep -c "^[ab]$" log')"

# Events and streams.
in_mount 'cat .etcd/watch >"$DIR/stream" & inotifywait -qm -e create,delete . >"$DIR/events" &
	until [ -e "$DIR/quiet" ]; do sleep 0.1; done; kill $(jobs -p)' 2>/dev/null &
n=0
heard() {
	in_second 'echo >"app/new$1"' "$((++n))" && grep -q '"path":"new' "$DIR/stream" &&
		grep -q 'CREATE new' "$DIR/events"
}
wait_until "the events" heard
touch "$DIR/quiet"
wait "$NOISE"
in_second 'rm app/new*'

# While etcd was away the keys have changed, and the history is gone.
allow_log "no endpoint of etcd answers"
allow_log "lost sight of etcd's changes \(compacted\)"
freeze "$(fs_pid)"
ctl put app/k after >/dev/null
ctl del app/x >/dev/null
ctl compact "$(revision)" >/dev/null
stop_member 1 KILL
start_member 1
wait_until "etcd again" member_serves 1
kill -CONT "$(fs_pid)"
wait_until "the new state" in_mount '[ "$(cat k)" = after ] && [ ! -e x ]'
