#!/bin/bash
# rsync to the mount and from it: a second run copies nothing, until something changes.
# Statements: 43, 170, 245, 249, 288.
. "$(dirname "$0")/../lib/case.sh"

umask 022
start_mount

# A tree with odd times, which rsync compares. (Of a second, it does not look at the parts.)
source=$DIR/source
mkdir -p "$source/sub/deep" "$source/empty"
for i in {1..30}; do
	head -c "$((i * 1000))" /dev/urandom >"$source/sub/file $i"
	touch -d "2001-01-$i 01:02:03.004" "$source/sub/file $i"
done
: >"$source/sub/deep/none"
echo text >"$source/sub/deep/text"
touch -d "1999-12-31" "$source/sub/deep/"{none,text} "$source/sub/deep" "$source/sub" "$source/empty" "$source"
export source

# copy FROM TO: what rsync does, one change a line.
copy() { in_mount 'rsync -a --delete --itemize-changes -- "$@"' "$@"; }
# the same there and here, times included?
listing() { (cd "$1" && limit find . -printf '%p %s %TY-%Tm-%Td %TH:%TM:%TS\n' | sort); }
directory_sizes() { sed -E 's/^(\.|\.\/sub|\.\/empty|\.\/sub\/deep) [0-9]+ /\1 /'; }
same() {
	limit diff -r "$source" "$1" || die "$2: another tree"
	equal "$2: names, sizes and times" "$(listing "$source" | directory_sizes)" \
		"$(listing "$1" | directory_sizes)"
}

check "the first" test -n "$(copy "$source/" tree/)"
same "$MNT/tree" "to the mount"
before=$(revision)
equal "the second" "" "$(copy "$source/" tree/)"
equal "nothing was written" "$before" "$(revision)"

# What has changed on either side is copied, and nothing else.
echo longer >>"$source/sub/deep/text"
touch -d "2002-02-02" "$source/sub/deep/text"
in_mount 'echo changed >"tree/sub/file 3"; rm "tree/sub/file 4"; echo more >tree/more'
ctl put "tree/sub/file 5" elsewhere >/dev/null
equal "what it does about it" "*deleting more .d..t...... ./ .d..t...... sub/ >f.st...... sub/file 3 \
>f+++++++++ sub/file 4 >f.st...... sub/file 5 >f.st...... sub/deep/text" \
	"$(copy "$source/" tree/ | sed 's/  */ /g' | paste -sd ' ')"
same "$MNT/tree" "again"
equal "then nothing" "" "$(copy "$source/" tree/)"

# In place, as well; and with the sums alone, which needs no times.
touch -d "2005-05-05" "$source/sub/file 7"
in_mount 'rsync -a --inplace "$source/" tree/'
equal "in place" "" "$(copy "$source/" tree/)"
in_mount 'find tree -type f -exec touch {} +'
before=$(revision)
equal "by sums" "" "$(in_mount 'rsync -rc --out-format=%n "$source/" tree/ | grep -v "/$" || true')"
equal "by sums: nothing was written" "$before" "$(revision)"
copy "$source/" tree/ >/dev/null

# From the mount.
out=$DIR/out
check "the first" test -n "$(copy tree/ "$out/")"
same "$out" "from the mount"
equal "from the mount, the second" "" "$(copy tree/ "$out/")"
in_mount 'echo new >tree/sub/deep/text'
equal "from the mount, one change" ">f.st...... sub/deep/text" "$(copy tree/ "$out/")"
in_mount 'rm -r tree/sub'
copy tree/ "$out/" >/dev/null
equal "what was removed" "empty" "$(ls -A "$out")"

# Within the mount.
check "the first" test -n "$(copy "$source/" a/)"
check "the first" test -n "$(copy a/ b/)"
equal "within the mount, the second" "" "$(copy a/ b/)"
equal "no other name is left" "a b tree" "$(in_mount 'ls | paste -sd " "')"
stop_mount

# Where others are let in: it closes a new file to them, and opens it when it is whole. With umask=0 the
# mode that it sees is never that of the source.
for options in allow_other allow_other,umask=0; do
	start_mount -o "$options"
	tree=tree-$options
	check "$options: the first" test -n "$(copy "$source/" "$tree/")"
	same "$MNT/$tree" "$options"
	before=$(revision)
	equal "$options: the second" "" "$(in_mount 'rsync -a --no-perms -i "$source/" "$1/"' "$tree")"
	equal "$options: nothing was written" "$before" "$(revision)"
	check "$options: with attributes" in_mount 'rsync -aX "$1/" "$1-x/"; diff -r "$1" "$1-x"' "$tree"
	stop_mount
done
