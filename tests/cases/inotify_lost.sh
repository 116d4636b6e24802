#!/bin/bash
# After etcd was killed, and after a lost watch whose history was compacted, the differences make events.
# Statements: 79, 263.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/events.sh"

requires "needs inotify-tools" command -v inotifywait
allow_log " etcd |lost sight of etcd's changes"

etcd_again() {
	local before=$1
	[ -n "$(etcd_pid)" ] && [ "$(etcd_pid)" != "$before" ] && ctl endpoint health
}

kill_etcd() {
	local etcd
	etcd=$(etcd_pid)
	kill -KILL "$etcd"
	wait_until "a new etcd" etcd_again "$etcd"
}

# All that the mount has been shown is one deletion, and it is the first that etcd's history has. A
# filesystem that stands still for three timeouts is killed: not while the storm below lasts.
start_mount
in_mount 'echo x >gone'
stop_mount
start_mount -o timeout=30
ctl del gone >/dev/null
check "it is seen" in_mount '[ ! -e gone ]'
ctl compact "$(revision)" >/dev/null
kill_etcd
in_mount 'mkdir dir; for i in {1..9}; do echo old >dir/old-$i; echo same >dir/same-$i; done'
fails "no other history is taken for it" "" grep "lost sight" "$LOG"
FENCES_IN=dir/
watch w "$MNT/dir"
step w "etcd killed, and nothing changed" "" kill_etcd
step w "events after it" "$(created dir/after)" ctl put dir/after 1

# The filesystem stands still, the keyspace goes on and forgets, and the watch's connection is lost.
lose() {
	local filesystem etcd revision
	filesystem=$(fs_pid)
	freeze "$filesystem"
	{
		for i in {1..9}; do echo "del dir/old-$i"; done
		echo "storm dir/new- 5 2000 2000" # more than a socket keeps
		echo "put dir/same-1 changed"
		echo "put dir/came/below 1"
	} | python3 -B "$TOP/tests/lib/kv.py" "$RUN"
	revision=$(revision)
	ctl compact "$revision"
	etcd=$(etcd_pid)
	kill -KILL "$etcd"
	wait_until "a new etcd" etcd_again "$etcd"
	kill -CONT "$filesystem"
	wait_until "the mount to work" in_mount '[ "$(cat dir/same-1)" = changed ]'
}
first=$(($(lines_of w) + 1))
lose >/dev/null
fence w "$first"
told=$(without_fences w "$first" | tr ' ' '\n' | paste -d ' ' - - | sort | uniq -c | sed 's/^ *//')
told_of() { grep -cE "^[0-9]+ $1$" <<<"$told" || true; }
equal "deleted meanwhile" 9 "$(told_of 'DELETE dir/old-[1-9]')"
equal "made meanwhile" 5 "$(told_of 'CREATE dir/new-[0-4]')"
equal "and complete" 5 "$(told_of 'CLOSE_WRITE dir/new-[0-4]')"
equal "changed meanwhile" 1 "$(told_of 'MODIFY dir/same-1')"
equal "a directory that came" 1 "$(told_of 'CREATE,ISDIR dir/came')"
equal "what did not change" 0 "$(told_of '.* dir/same-[2-9]')"
step w "and it goes on" "$(changed dir/same-2)" ctl put dir/same-2 x
