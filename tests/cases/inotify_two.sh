#!/bin/bash
# inotifywait -m -r on node B tells, in order, what echo, >>, rm, mv, mkdir and rmdir do on node A.
# Statements: 70, 71.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/two.sh"
. "$TOP/tests/lib/events.sh"

requires "needs inotify-tools" command -v inotifywait
# No election because the machine is slow: of what is under way in one nobody knows the end.
start_two -o timeout=30 -e election-timeout=5000 -e heartbeat-interval=500
in_mount 'mkdir dir'
wait_until "the directory on B" in_b '[ -d dir ]'
MNT_OF_EVENTS=$MNT_B
watch w -r "$MNT_B"
settle w

step w "echo" "$(created new)" in_mount 'echo hi >new'
step w "echo again" "$(changed new)" in_mount 'echo ho >new'
step w ">>" "$(changed new)" in_mount 'echo more >>new'
equal "on B" "ho more" "$(in_b 'cat new' | paste -sd ' ')"
step w "mv" "DELETE new $(created moved)|$(created moved)DELETE new " in_mount 'mv new moved'
step w "mv into a directory" "DELETE moved $(created dir/new)|$(created dir/new)DELETE moved " \
	in_mount 'mv moved dir/new'
step w "mv over" "$(created dir/x)DELETE dir/x DELETE dir/new $(created dir/new)|.*" \
	in_mount 'echo x >dir/x; mv -f dir/x dir/new'
equal "on B" x "$(in_b 'cat dir/new')"
step w "rm" "DELETE dir/new " in_mount 'rm dir/new'
step w "mkdir" "CREATE,ISDIR dir/sub " in_mount 'mkdir dir/sub'
step w "echo in it" "$(created dir/sub/key)" in_mount 'echo 1 >dir/sub/key'
step w "rm in it" "DELETE dir/sub/key " in_mount 'rm dir/sub/key'
step w "rmdir" "$(gone dir/sub)" \
	in_mount 'rmdir dir/sub'

# B's own changes are told as the kernel tells them, and to A's watchers as A's were to B's.
MNT_OF_EVENTS=$MNT
watch a -r "$MNT"
settle a
step a "echo on B" "$(created back)" in_b 'echo hi >back'
step a "rm on B" "DELETE back " in_b 'rm back'
unwatch a
MNT_OF_EVENTS=$MNT_B
settle w
step w "and on B itself" "CREATE own MODIFY own CLOSE_WRITE own DELETE own " in_b 'echo hi >own; rm own'

# All at once, while it is being watched: the order of each name is right.
first=$(($(lines_of w) + 1))
in_mount 'mkdir all; for i in {1..30}; do echo $i >all-$i; echo more >>all-$i; rm all-$i; done; rmdir all'
fence w "$first"
for i in 1 15 30; do
	# What came between may have been merged into the end, and if it is over by then into nothing.
	told=$(without_fences w "$first" | tr ' ' '\n' | paste -d ' ' - - |
		{ grep -E " all-$i$" || true; } | tr '\n' ' ')
	[[ $told =~ ^(CREATE all-$i ((MODIFY|CLOSE_WRITE) all-$i )*)?(DELETE all-$i )?$ ]] ||
		die "all-$i: $told"
done
