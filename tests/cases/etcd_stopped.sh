#!/bin/bash
# While etcd stands still every operation ends within the timeout, and nothing hangs.
# Statements: 25, 32, 33.
. "$(dirname "$0")/../lib/case.sh"

allow_log "etcd|key .*: truncation"
start_mount -o timeout=1

in_mount 'mkdir dir; echo old >key; echo x >dir/file; echo x >victim'
etcd=$(etcd_pid)
kill -STOP "$etcd"

# timed_out WHAT SCRIPT: ends with ETIMEDOUT, within three seconds of a timeout of one.
timed_out() {
	local begin end
	begin=$(date +%s%N)
	fails "$1" "timed out" timeout -k 5 20 bash -c "$2"
	end=$(date +%s%N)
	[ $(((end - begin) / 1000000)) -lt 4000 ] || die "$1 took $(((end - begin) / 1000000)) ms"
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

# An operation that waits can be interrupted.
check "SIGINT ends a cat" timeout -k 5 20 python3 -c '
import os, signal, subprocess, sys, time
cat = subprocess.Popen(["cat", sys.argv[1]], stderr=subprocess.DEVNULL)
cat.send_signal(signal.SIGINT)
cat.wait(timeout=10)' "$MNT/key"

kill -CONT "$etcd"
wait_until "the mount to work" in_mount 'echo after >after'
equal "a value from before" 1 "$(in_mount 'cat dir/file' | wc -l)"
wait_until "the role" has_role "$MNT" leader
case $(in_mount 'cat key') in
old | new | "old new") ;;
"") ;; # a truncation whose end was not known may have happened
*) say "the key has $(in_mount 'cat key')" ;;
esac
