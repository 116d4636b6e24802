#!/bin/bash
# consistency=cached while etcd is stopped: reads go on, writes time out, nothing hangs; then all goes on.
# Statements: 11, 88, 89.
. "$(dirname "$0")/../lib/case.sh"

allow_log "etcd|key .*: truncation"
start_mount -o timeout=1,consistency=cached
# Until all are there: a shell does not look at a close that has timed out.
wait_until "the keys" in_mount 'mkdir -p dir; for i in {0..9}; do echo old >dir/key-$i; done
	[ "$(cat dir/key-[0-9] | wc -l)" = 10 ]'

# Operations that hold the directory's lock while what has changed in it is to be forgotten.
# shellcheck disable=SC2016
users() {
	while [ ! -e "$DIR/end" ]; do
		in_mount 'for i in {1..20}; do echo x >dir/own-$1; mkdir dir/own-dir-$1; stat dir/key-* dir/own-$1
			rmdir dir/own-dir-$1; mv dir/own-$1 dir/moved-$1; rm dir/moved-$1; done' "$1" || true
	done &>/dev/null
}
storm() {
	while [ ! -e "$DIR/end" ]; do
		{
			echo "storm dir/key- 10 100"
			for i in {1..20}; do printf 'put dir/new-%s x\ndel dir/new-%s\n' "$i" "$i"; done
		} | python3 -B "$TOP/tests/lib/kv.py" "$RUN" || true
	done 2>/dev/null
}
for i in 1 2 3; do
	users $i &
	background+=($!)
done
storm &
background+=($!)

for round in 1 2 3; do
	etcd=$(etcd_pid)
	freeze "$etcd"
	# What has been known is answered, and what changes anything times out, from the beginning.
	fails "a file opened at once" "timed out" in_mount ': >>dir/key-3'
	check "reads without etcd" in_mount '[ -n "$(cat dir/key-1)" ] && stat dir/key-2 && ls dir' >/dev/null
	fails "a name that is made" "timed out" in_mount "mkdir stuck-$round"
	fails "a name that is made where others are" "timed out" in_mount "mkdir dir/stuck-$round"
	fails "a file opened for writing" "timed out" in_mount 'echo new >dir/key-3'
	wait_until "the role" has_role "$MNT" offline
	check "reads without etcd, for longer than the timeout" \
		in_mount '[ -n "$(cat dir/key-1)" ] && stat dir/key-2 && ls dir' >/dev/null
	kill -CONT "$etcd"
	wait_until "the role" has_role "$MNT" leader
	ctl put dir/key-round "$round" >/dev/null
	wait_until "a change after it" in_mount "[ \"\$(cat dir/key-round)\" = $round ]"
done
touch "$DIR/end"
wait "${background[@]}"

# What timed out may have happened: what etcd has is what is seen, no more, no less.
same() { [ "$(keys dir/ | sed 's,/$,,; s,dir/,,; /^dir$/d' | sort)" = "$(in_mount 'ls dir' | sort)" ]; }
wait_until "the same names" same
# A lookup may lag behind a listing, but not until the kernel forgets by itself, after a minute.
LIMIT=30 wait_until "no name is kept that is not there" in_mount 'for name in own moved own-dir; do
	for i in 1 2 3; do
		[ -e dir/$name-$i ] || continue
		ls -d dir/* | grep -qx dir/$name-$i || exit 1
	done
done'

# The end, while operations wait for etcd.
freeze "$(etcd_pid)"
for i in 1 2 3; do
	in_mount "mkdir dir/last-$i" &>/dev/null &
done
kill -TERM "$PID"
ended || die "status $?"
