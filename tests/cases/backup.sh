#!/bin/bash
# A lost node replaced, a cluster of the one that is left, and a restore, by the manual's commands.
# Statements: 360, 361, 363, 366, 367, 369.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/machines.sh"

# tree NAME: what its mount shows.
tree() {
	on "$1" 'cd /mnt/kv && find . -type d | sort &&
		find . -type f ! -path ./.role -exec sha1sum {} + | sort -k 2'
}
cluster_of() { on "$1" 'jq -r .cluster_id /mnt/kv/.etcd/status'; }
members_of() {
	on "$1" 'jq -r "sort_by(.name)[] | \"\(.name) \(.learner)\"" /mnt/kv/.etcd/members' | paste -sd ' '
}
no_etcd() {
	local pid
	for pid in $(processes_of "$1"); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != etcd ] || return 1
	done
}

make_machines a b c
start_machines a b c
on a 'cd /mnt/kv; mkdir -p conf/empty; echo 8080 >conf/port; echo x >gone
	head -c 100000 /dev/urandom >big
	ctl() { etcdctl --endpoints=unix:///run/etcdfs/a/client:0 "$@"; }
	ctl put leased 1 --lease="$(ctl lease grant 3600 | cut -d " " -f 2)"' >/dev/null

# Another for a lost one, of the same name.
lose_machine b
on c 'echo meanwhile >/mnt/kv/meanwhile'
page remove a >/dev/null
make_machines b
page join b
equal "what the new b shows" "$(tree a)" "$(tree b)"
equal "three voters" "a false b false c false" "$(members_of b)"

# One is left, after a crash of all.
on b 'cd /mnt/kv; echo late >late; echo 9090 >conf/port; rm gone'
last=$(tree a) cluster=$(cluster_of a)
for name in a b c; do crash_machine "$name"; done
page force a >"$DIR/warning"
check "the start warns" grep -q "never start one of the others" "$DIR/warning"
equal "what a had" "$last" "$(tree a)"
equal "it is the same cluster, alone" "$cluster a false" "$(cluster_of a) $(members_of a)"
fails "b with the data of before" "removed from its cluster.* move .*/kv away .* --join URL" \
	on b "$(block start)"

# An etcd that is started again is not told to forget its members again.
etcd_of() { on "$1" 'jq .etcd.pid /mnt/kv/.etcd/status'; }
is_told() { grep -qzx -- --force-new-cluster=true "/proc/$(etcd_of a)/cmdline"; }
check "etcd was told" is_told
page upgrade a
another() {
	on a 'test "$(jq .etcd.restarts /mnt/kv/.etcd/status)" = 1 && echo more >/mnt/kv/more'
}
wait_until "another etcd" another
is_told && die "another etcd was told again"

# A backup of what is in use, which then changes; it becomes a cluster of one, and another joins it.
page backup a >/dev/null
kept=$(kvs a) kept_tree=$(tree a)
on a 'cd /mnt/kv; rm -r conf; echo lost >lost'
page stop a
check "etcd has ended" no_etcd a
page restore a >/dev/null
equal "the restored keys, and all that etcd says of them" "$kept" "$(kvs a)"
equal "the restored tree" "$kept_tree" "$(tree a)"
check "another cluster" test "$cluster" != "$(cluster_of a)"
page rejoin b
equal "what b shows" "$kept_tree" "$(tree b)"
on b 'echo new >/mnt/kv/conf/port'
equal "and it goes on" new "$(on a 'cat /mnt/kv/conf/port')"
