#!/bin/bash
# A rename is one step: over a file, into a directory, not over what must not be replaced.
# Statements: 18, 20, 212, 213.
. "$(dirname "$0")/../lib/case.sh"

start_mount

in_mount 'mkdir d; echo 1 >a; echo 2 >b'
publishes 1 "mv" 'mv a c'
equal "moved" 1 "$(in_mount 'cat c')"
fails "its old name" "No such file" in_mount 'cat a'
publishes 1 "mv over a file" 'mv c b'
equal "replaced" 1 "$(in_mount 'cat b')"
equal "one key" "b" "$(keys b)"
publishes 1 "mv into a directory" 'mv b d/b'
equal "in the directory" 1 "$(in_mount 'cat d/b')"
in_mount 'mv d/b .'
check "the directory it left stays" in_mount 'test -d d'

in_mount 'echo new >n'
in_mount 'mv -n n b'
equal "mv -n does not replace" 1 "$(in_mount 'cat b')"
fails "a file over a directory" "directory" in_mount 'mv -T n d'
fails "nothing" "No such file" in_mount 'mv nothing x'
equal "onto itself" new "$(in_mount 'python3 -c "import os; os.rename(\"n\", \"n\")"; cat n')"

# Who has it open goes on reading, and what is renamed while it is written lands at the new name.
equal "open across a rename" "new more" "$(in_mount '
	exec 3<n; mv n m; cat <&3; exec 3>&-
	exec 4>>m; echo more >&4; mv m o; exec 4>&-; sed 1d o' | paste -sd ' ')"

# A reader sees one or the other, never neither and never a part.
in_mount 'echo old >r' 
equal "replaced under a reader" "" "$(in_mount '
	(for i in {1..100}; do echo new >.r.tmp; mv .r.tmp r; done) &
	while kill -0 $! 2>/dev/null; do
		seen=$(cat r) || echo missing
		case $seen in old | new) ;; *) echo "<$seen>" ;; esac
	done; wait')"
