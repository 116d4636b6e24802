#!/bin/bash
# find, du, ls -R and rm believe the link counts, types and sizes of directories, marked or not, cached or not.
# Statements: 226.
. "$(dirname "$0")/../lib/case.sh"

# judge CONSISTENCY
judge() {
	local script
	start_mount -o "consistency=$1"
	# Marked directories, unmarked ones, keys that are both; and the very same on a disk.
	for key in i/1/x i/1/y i/2/deep/er/z i/2 i/3; do
		ctl put "t/$key" "$key" >/dev/null
	done
	in_mount 'mkdir -p t/m/1/sub t/m/2 t/empty; echo 12345 >t/m/1/file; : >t/m/nothing; mkdir t/i/4'
	wait_until "$1: all is there" in_mount 'for key in 1/x 1/y 2/deep/er/z 2/%value 3; do
		test -f "t/i/$key" || exit; done'
	rm -rf "$DIR/disk"
	in_mount 'cp -r t $DIR/disk'

	# same SCRIPT...: says the same here and there.
	for script in \
		'find . | sort' 'find . -noleaf | sort' 'find . -type d | sort' 'find . -type f | sort' \
		'find . -printf "%y %Y %p\n" | sort' \
		'find . -empty | sort' 'find . -links 1 -type f | sort' \
		'find . -depth | sort' 'find . -maxdepth 2 -type d | sort' \
		'find . -size -1 -type f | sort' 'find . -samefile m/1/file' 'find . -inum $(stat -c %i m/1)' \
		'ls -R' 'ls -RA1p' 'du -ab --exclude=none . | sed "s/^[0-9]*//" | sort' \
		'find . -type f -printf "%s %p\n" | sort' 'cat $(find . -type f | sort)'; do
		equal "$1: $script" "$(cd "$DIR/disk" && bash -c "$script")" "$(in_mount "cd t && $script")"
	done
	equal "$1: du of what is in files" \
		"$(in_mount 'find t -type f -printf "%s\n"' | awk "{ n += \$1 } END { print n }")" \
		"$(in_mount 'du -sb --apparent-size t | cut -f1')"
	equal "$1: the root" "3 2" "$(in_mount 'stat -c %h . t/empty | paste -sd " "')"

	links="./ 5 ./empty 2 ./i 5 ./i/1 2 ./i/2 3 ./i/2/deep 3 ./i/2/deep/er 2 ./i/4 2"
	links+=" ./m 4 ./m/1 3 ./m/1/sub 2 ./m/2 2"
	equal "$1: two and the directories in it" "$links" \
		"$(in_mount 'cd t; find . -type d -printf "%p %n\n"' | sed 's|^\. |./ |' | LC_ALL=C sort |
			paste -sd ' ')"
	equal "$1: found by it" "./empty ./i/1 ./i/2/deep/er ./i/4 ./m/1/sub ./m/2" \
		"$(in_mount 'cd t; find . -type d -links 2 | LC_ALL=C sort | paste -sd " "')"

	# A count follows what comes and goes.
	in_mount 'mkdir t/empty/a t/empty/b; [ "$(stat -c %h t/empty)" = 4 ] && rmdir t/empty/a &&
		[ "$(stat -c %h t/empty)" = 3 ]' || die "$1: links of what has just been made"
	in_mount 'exec 3<t/m/1/file 4<t/empty/b; rm t/m/1/file; rmdir t/empty/b
		[ "$(stat -L -c %h /proc/self/fd/3 /proc/self/fd/4 | paste -sd " ")" = "0 0" ]' ||
		die "$1: links of what is removed and open"

	in_mount 'find t/i -type f -name x -delete; test -d t/i/1; find t/i -empty -type d -delete'
	equal "$1: what was not empty stays" "t/i/1/y t/i/2/%value t/i/2/deep/er/z t/i/3" \
		"$(in_mount 'find t/i -type f | sort | paste -sd " "')"
	in_mount 'find t -delete'
	equal "$1: nothing is left" "" "$(keys)"
	stop_mount
}

judge linearizable
judge cached
