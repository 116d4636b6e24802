#!/bin/bash
# A past with more values than are kept in memory, and its history compacted meanwhile.
# Statements: 391, 392.
. "$(dirname "$0")/../lib/case.sh"

start_mount
# 105 MB.
in_mount 'mkdir big; head -c 1500000 /dev/urandom >"$DIR/part"
	for i in {10..79}; do { echo $i; cat "$DIR/part"; } >big/$i; done'
r=$(revision)
rss() { awk '/^VmRSS/ { print $2 }' "/proc/$(fs_pid)/status"; }
before=$(rss)
check "all" in_mount 'diff -r big "big/.etcd/at/$1"' "$r"
more=$(($(rss) - before))
[ "$more" -lt 200000 ] || die "$more KiB more in memory"
in_mount 'echo 3 >k; rm big/*'
check "open, and not read" in_mount 'exec 3<"big/.etcd/at/$1/79" 4<"big/.etcd/at/$1/10" 5<"big/.etcd/at/$1" &&
	etcdctl --endpoints="$2" compact "$3" >/dev/null && cmp - <(echo 79; cat "$DIR/part") <&3 &&
	cmp - <(echo 10; cat "$DIR/part") <&4 && cat "/dev/fd/5/11" >/dev/null &&
	cat "big/.etcd/at/$1/78" 2>"$DIR/words"; grep -q "Stale file handle" "$DIR/words"' \
	"$r" "unix://$RUN/client:0" "$(revision)"
