#!/bin/bash
# The keys of one cluster are copied to another by rsync and by cp, with the manual's commands.
# Statements: 368.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/machines.sh"

requires "needs rsync" command -v rsync

# values SOCKET: each key with its value, but for the directories' markers and for what is kept beside it.
values() {
	on a 'etcdctl --endpoints="unix:///run/etcdfs/$1/client:0" get --prefix "" -w json' "$1" | jq -c '.kvs[]? |
		select(.value or (.key | @base64d | endswith("/") | not)) |
		select(.key | @base64d | startswith(".etcd/") | not) | [.key, .value]'
}
# In whole seconds: rsync sets no time that is of the same second.
times() {
	on a 'cd "$1" && find . ! -path ./.role ! -path . -printf "%T@ %y %p\n"' "$1" |
		sed -E 's/^([0-9]+)\.[0-9]+/\1/' | sort
}
both() { on a 'etcdfs -c /etc/etcdfs/kv.conf /mnt/kv; etcdfs -e name=new /mnt/new'; }

make_machines a
both
on a 'cd /mnt/kv
	mkdir -p app/empty; echo 1 >app/one; : >app/nothing; echo 2 >.hidden
	head -c 300000 /dev/urandom >app/big; echo 4 >"new
line"; echo 5 >%2Erole; touch -d 2001-02-03 app/one app/empty
	put() { etcdctl --endpoints=unix:///run/etcdfs/a/client:0 put -- "$@" >/dev/null; }
	put app/empty/value v; put app/empty v2; rm app/empty/value
	put "$(printf %0300d 7)" long; put 100% 6'
kept=$(values a)
equal "keys that were made" 9 "$(wc -l <<<"$kept")"

page rsync a
equal "by rsync" "$kept" "$(values new)"
equal "times" "$(times /mnt/kv)" "$(times /mnt/new)"
before=$(on a 'jq .revision /mnt/new/.etcd/status')
page rsync a
equal "again: nothing is written" "$before" "$(on a 'jq .revision /mnt/new/.etcd/status')"
on a 'cd /mnt/new; find . -mindepth 1 -maxdepth 1 ! -name .role -exec rm -r {} +'
equal "all gone" "" "$(values new)"
page cp a
equal "by cp" "$kept" "$(values new)"
equal "times" "$(times /mnt/kv)" "$(times /mnt/new)"

# What cannot be made by its path is said; and the other way for keys that begin with a slash.
on a 'put() { etcdctl --endpoints=unix:///run/etcdfs/a/client:0 put "$1" 1 >/dev/null; }
	put app//b; put /registry/pod'
fails "by cp" "%empty.*invalid argument" page cp a
fails "by rsync" "%empty.*invalid argument" page rsync a
on a 'mkdir /mnt/from /mnt/to
	etcdfs -o endpoints=unix:///run/etcdfs/a/client:0,prefix=/ /mnt/from
	etcdfs -o endpoints=unix:///run/etcdfs/new/client:0,prefix=/ /mnt/to
	rsync -a --exclude=/.role /mnt/from/ /mnt/to/
	etcdctl --endpoints=unix:///run/etcdfs/new/client:0 get /registry/pod' >"$DIR/pod"
equal "a key that begins with a slash" "/registry/pod 1" "$(paste -sd ' ' "$DIR/pod")"
