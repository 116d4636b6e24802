#!/bin/bash
# While etcd is stopped every operation ends within the timeout, and nothing hangs.
# Statements: 25, 32, 33.
. "$(dirname "$0")/../lib/case.sh"

allow_log "etcd|key .*: truncation"
start_mount -o timeout=1

# Not every write of a machine under load is answered within a second.
wait_until "what is there" in_mount 'mkdir -p dir; echo old >key; echo x >dir/file; echo x >victim
	[ "$(cat key dir/file victim | paste -sd " ")" = "old x x" ]'
etcd=$(etcd_pid)
freeze "$etcd"

# timed_out WHAT SCRIPT: ends with ETIMEDOUT, within three seconds of a timeout of one. What took
# longer is tried again: it may have been the machine, which is not late each time.
timed_out() {
	local begin took try
	for try in 1 2 3; do
		begin=$(date +%s%N)
		fails "$1" "timed out" timeout -k 5 20 bash -c "$2"
		took=$((($(date +%s%N) - begin) / 1000000))
		[ "$took" -ge 4000 ] || return 0
		say "$1 took $took ms (try $try)"
	done
	die "$1 takes too long"
}

timed_out "cat" 'cat "$MNT/key"'
timed_out "stat" 'stat "$MNT/key"'
timed_out "stat of nothing" 'stat "$MNT/nothing"'
timed_out "ls" 'ls "$MNT/dir"'
timed_out "echo" 'echo new >"$MNT/key"'
timed_out "create" 'echo new >"$MNT/new"'
timed_out "append" 'echo new >>"$MNT/key"'
timed_out "rm" 'rm -f "$MNT/victim"'
timed_out "mkdir" 'mkdir "$MNT/new-dir"'
timed_out "rmdir" 'rmdir "$MNT/dir"'
timed_out "mv" 'mv -f "$MNT/key" "$MNT/moved"'
timed_out "truncate" 'truncate -s 0 "$MNT/key"'
check "statfs answers from memory" timeout 10 stat -f "$MNT"
wait_until "the role" has_role "$MNT" offline

kill -CONT "$etcd"
wait_until "the mount to work" in_mount 'echo after >after'
wait_until "a value from before" in_mount '[ "$(cat dir/file)" = x ]'
wait_until "the role" has_role "$MNT" leader
# What timed out may have happened, a truncation and a rename as well.
value=$(in_mount 'cat key 2>/dev/null || cat moved') || true
case $value in
old | new | $'old\nnew' | $'new\nnew' | "") ;;
*) die "the key has '$value'" ;;
esac
