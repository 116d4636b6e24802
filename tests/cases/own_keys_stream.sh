#!/bin/bash
# Changes of etcdfs' own keys are in no stream and make no event, with consistency=cached too.
# Statements: 46, 51, 78, 380, 382.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/events.sh"

requires "needs inotify-tools" command -v inotifywait
# shown FILE [DIR/]: types and paths of FILE's lines, up to a key that is put into DIR now.
shown() {
	ctl put "${2:-}end" x >/dev/null
	in_mount 'sed -u "/end\"/q" <"$1"' "$1" |
		sed -E "s/.*\"type\":\"([^\"]*)\".*\"path\":\"([^\"]*)\".*/\1 \2/; /end$/d" | xargs
}
txn() { printf '%s\n' '' "$@" '' '' | ctl txn >/dev/null; }

all() {
	local since
	since=$(($(revision) + 1))
	in_mount 'mkdir -p d; echo x >d/f'
	watch "$1" "$MNT" "$MNT/d"
	in_mount 'exec 3<.etcd/watch; touch "$DIR/open"; sed -u "/fence-/q" <&3 >"$DIR/lines"' &
	wait_until "the stream" [ -e "$DIR/open" ]
	step "$1" "a put" "" ctl put .etcd/lock/f/1 x
	step "$1" "another value" "" ctl put .etcd/lock/f/1 y
	step "$1" "a delete" "" ctl del .etcd/lock/f/1
	step "$1" "a lease's end" "" lease
	step "$1" "with a file" "$(changed d/f)" txn 'put .etcd/lock/f/2 x' 'put d/f y' 'put .etcd/lock/f/3 x'
	in_mount 'rm fence-*'
	wait $!
	check "$1: the first line of a watch" grep -q '"path":"fence-' "$DIR/lines"
	equal "$1: below d" "put d/%empty put d/f put d/f" "$(shown "d/.etcd/since/$since" d/)"
	for since in "$since" 0; do
		equal "$1: since $since" "" "$(shown ".etcd/since/$since" | grep -o "%2Eetcd" || true)"
	done
	unwatch "$1"
	ctl del --prefix .etcd/ >/dev/null
	in_mount 'rm -r d; ls -A' >/dev/null
	rm "$DIR/open"
}

lease() {
	local lease
	lease=$(ctl lease grant 100 | cut -d ' ' -f 2)
	ctl put --lease="$lease" .etcd/lock/f/"$lease" ''
	ctl lease revoke "$lease"
}

start_mount
all exact
stop_mount
start_mount -o consistency=cached
all cached
