#!/bin/bash
# Watchers of a renamed directory: here they get the kernel's own events, elsewhere that one is gone and one is new.
# Statements: 70, 71, 75, 76, 88, 210, 214.
. "$(dirname "$0")/../lib/case.sh"
# shellcheck source=tests/lib/events.sh
. "$TOP/tests/lib/events.sh"
# shellcheck source=tests/lib/second.sh
. "$TOP/tests/lib/second.sh"

export RENAME=$TOP/tests/lib/rename.py
tree() { in_mount 'find . -name "fence-*" -prune -o ! -path "./.role" -print | sort | paste -sd " "'; }
same_tree() { equal "$1" "$(tree)" "$(MNT=$MNT_B tree)"; }

for mode in linearizable cached; do
	start_mount -o consistency=$mode
	start_second -o consistency=$mode
	in_mount 'mkdir -p d/s free one two; echo 1 >d/k; echo 1 >d/s/k; echo 1 >one/a; echo 2 >two/a
		echo 3 >two/b; echo 4 >f'
	# Cached, it sees what others have changed a moment later.
	[ "$mode" = linearizable ] || wait_until "$mode: all of it there" in_second 'grep -q 4 f'
	in_second 'find . | xargs stat >/dev/null; cat d/s/k one/a two/a >/dev/null'
	watch here "$MNT" "$MNT/d" "$MNT/one" "$MNT/two"
	settle here
	step here "$mode: here" "MOVED_FROM,ISDIR d MOVED_TO,ISDIR e (MOVE_SELF d/ )?" in_mount 'mv d e'
	step here "$mode: over one" "MOVED_FROM,ISDIR e MOVED_TO,ISDIR free (MOVE_SELF d/ )?" \
		in_mount 'mv -T e free'
	step here "$mode: exchanged" "((MOVED_(FROM|TO),ISDIR (one|two)|MOVE_SELF (one|two)/) ){6}" \
		in_mount 'python3 "$RENAME" one two exchange'
	step here "$mode: a file and a directory" "((MOVED_(FROM|TO)(,ISDIR)? (f|two)|MOVE_SELF (one|two)/) ){5}" \
		in_mount 'python3 "$RENAME" f two exchange'
	unwatch here

	MNT_OF_EVENTS=$MNT_B
	watch there "$MNT_B" "$MNT_B/free"
	settle there
	same_tree "$mode: the tree there"
	step there "$mode: there" ".*DELETE,ISDIR free .*CREATE,ISDIR d .*|.*CREATE,ISDIR d .*DELETE,ISDIR free .*" \
		in_mount 'mv free d'
	equal "$mode: to be read there" "1 1" "$(in_second 'cat d/k d/s/k | paste -sd " "')"
	step there "$mode: a directory becomes a file" ".*DELETE,ISDIR one .*CREATE one .*" \
		in_mount 'python3 "$RENAME" one two exchange'
	equal "$mode: it is" "4" "$(in_second 'cat one')"
	unwatch there
	MNT_OF_EVENTS=$MNT
	same_tree "$mode: the tree there at last"
	end_second
	stop_mount
	rm -rf --one-file-system "$DATA" "$DATA.etcdfs"
done
