#!/bin/bash
# What is no number of seconds is refused; what etcd refuses, or does not answer, is a clear error.
# Statements: 437, 440, 443, 444.
. "$(dirname "$0")/../lib/case.sh"

allow_log "etcd"
start_mount -o timeout=2
in_mount 'echo v >f; mkdir d'
for bad in 0 00 007 -1 +1 1.5 1e3 1s ten "" " 5" "5 " 1000000001 31556952000 99999999999999999999; do
	if [ -n "$bad" ]; then
		fails "ttl/$bad" "invalid argument" in_mount 'echo v >".etcd/ttl/$1/x"' "$bad"
		fails "stat ttl/$bad" "invalid argument" in_mount 'stat -- ".etcd/ttl/$1"' "$bad"
	fi
	fails "the attribute '$bad'" "invalid argument" in_mount 'python3 -c "
import os, sys
os.setxattr(\"f\", \"user.etcd.ttl\", sys.argv[1].encode())" "$1"' "$bad"
done
equal "nothing was made" "d/ f" "$(keys | xargs)"
fails "the attribute stays away" "no such attribute" in_mount 'getfattr -n user.etcd.ttl f'
equal "what is in ttl" "" "$(in_mount 'ls -A .etcd/ttl .etcd/ttl/5 | grep -v : | xargs')"
fails "a file beside the seconds" "not permitted|invalid|denied" in_mount 'echo v >.etcd/ttl/x'
fails "reading" "no such file" in_mount 'cat .etcd/ttl/5/f'
fails "removing" "no such file|not permitted" in_mount 'rm .etcd/ttl/5/f'
fails "a directory" "not permitted" in_mount 'mkdir .etcd/ttl/5/e'
fails "a name that is none" "not permitted" in_mount 'echo v >.etcd/ttl/5/.role'
fails "a name that is too long" "too long" in_mount 'echo v >.etcd/ttl/5/$(printf %300s | tr " " x)'
fails "a directory that is gone" "no such|stale" in_mount 'mkdir e; cd e/.etcd/ttl/5; rmdir ../../../../e; echo v >x'

# The longest; the shortest becomes etcd's shortest.
check "31 years" in_mount 'echo v >.etcd/ttl/1000000000/long
	[ "$(getfattr --only-values -n user.etcd.ttl long)" -gt 900000000 ]'
in_mount 'python3 -c "$1"' 'import os, time
with open(".etcd/ttl/1/short", "w") as file:
    file.write("v")
    begin = time.monotonic()
while os.path.exists("short"): time.sleep(0.01)
lived = time.monotonic() - begin
assert lived >= 1, lived'

# etcd does not answer.
etcd=$(etcd_pid)
freeze "$etcd"
fails "making" "timed out" in_mount 'python3 -c "
import os
fd = os.open(\".etcd/ttl/60/away\", os.O_WRONLY | os.O_CREAT)
os.write(fd, b\"v\")
os.close(fd)"'
fails "setting" "timed out" in_mount 'setfattr -n user.etcd.ttl -v 60 f'
fails "reading" "timed out" in_mount 'getfattr -n user.etcd.ttl long'
kill -CONT "$etcd"
wait_until "etcd answers" in_mount 'setfattr -n user.etcd.ttl -v 60 f'
