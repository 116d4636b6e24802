#!/bin/bash
# Three INI files, three mounts, one cluster; its members' traffic is encrypted with https:// only.
# Statements: 105, 106, 108.
. "$(dirname "$0")/../lib/seed.sh"
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/cluster.sh"

seed_begin
clear="warning: the members' traffic goes over http://: it is not encrypted"

start_all() {
	local i
	for i in 1 2 3; do
		seed_start "$i"
	done
	wait_until "one leader" is_led 0 1 2
	equal "data directories" "infra0 infra1 infra2" "$(cd /var/lib/etcdfs && ls -d -- */ | tr -d / | paste -sd ' ')"
}

# What is written in one mount is in the others.
shares() {
	local from to
	for from in 0 1 2; do
		seed_write "$from" "from-$from" "secret-value-$1-$from"
		for to in 0 1 2; do
			seed_read "$to" "from-$from" "secret-value-$1-$from"
		done
	done
}

# Other clients use the addresses that the files name.
serves_clients() {
	local i
	for i in 0 1 2; do
		wait_until "an etcdctl's put to $i" \
			limit etcdctl --endpoints="127.0.0.1:${SEED_CLIENTS[i]}" put "client-$i" value
		seed_read 0 "client-$i" value
	done
	equal "etcdctl and three addresses" "secret-value-$1-0" "$(limit etcdctl get from-0 \
		--endpoints=127.0.0.1:2379,127.0.0.1:2479,127.0.0.1:2579 --print-value-only)"
}

# judge SCHEME WARNING...: a cluster with these lines of warning from each member.
judge() {
	local scheme=$1 i
	shift
	seed_configs "$scheme"
	seed_capture "$scheme"
	start_all
	MNT=${MNTS[0]}
	shares "$scheme"
	serves_clients "$scheme"
	seed_capture_end
	for i in 1 2 3; do
		equal "$scheme: the warnings of member $i" "${*/#/etcdfs: }" \
			"$(grep -v 'waiting for a quorum' "$DIR/$i.err" || true)"
	done
	[ "$(stat -c %s "$DIR/$scheme.capture")" -gt 10000 ] || die "$scheme: nothing captured"
	seed_stop
}

judge http "$clear"
check "http:// can be read on the way" grep -qa "secret-value-http-1" "$DIR/http.capture"
judge https
! grep -qa "secret-value" "$DIR/https.capture" || die "https:// can be read on the way"
check "https:// is TLS" grep -qaP '\x16\x03\x01' "$DIR/https.capture"
