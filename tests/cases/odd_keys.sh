#!/bin/bash
# Every key has one path and every path one key, however odd the key is.
# Statements: 1, 20, 26-31.
. "$(dirname "$0")/../lib/case.sh"

start_mount

# key KEY PATH: a value put under KEY is read at PATH, is listed, and is written back to KEY.
key() {
	ctl put -- "$1" "value of $1" >/dev/null
	equal "the path of key '$1'" "value of $1" "$(in_mount 'cat "$1"' "$2")"
	check "listed: $2" in_mount 'ls -A "$(dirname "$1")" | grep -qxF -- "$(basename "$1")"' "$2"
	in_mount 'echo new >"$1"' "$2"
	equal "written to '$1'" new "$(value_of "$1")"
	in_mount 'rm "$1"' "$2"
	equal "removed '$1'" "" "$(ctl get --keys-only -- "$1")"
}

key plain plain
key "with space" "with space"
key $'new\nline' $'new\nline'
key $'\x01\x7f' $'\x01\x7f'
key $'not utf-8 \xff\xfe' $'not utf-8 \xff\xfe'
key '*' '*'
key -n ./-n
key '\' '\'
key 100% 100%
key %zz %zz
key %25 %25
key %00 %2500
key %2500 %252500
key %empty %25empty
key %value %25value
key %2E %252E
key . %2E
key .. %2E.
key a/../b a/%2E./b
key a/./b a/%2E/b
key .etcd %2Eetcd
key deep/.etcd deep/%2Eetcd
key .role %2Erole
key deep/.role deep/.role
key //x %empty/%empty/x
key /x %empty/x
key a//b a/%empty/b
key ... ...
key .hidden .hidden
key "$(printf 'x%.0s' {1..255})" "$(printf 'x%.0s' {1..255})"

in_mount 'rm -r a deep %empty'
equal "no key is left" "" "$(keys)"

# A name that only looks like an escape is literal both ways.
in_mount 'echo x >50%; echo x >"%"; echo x >"%%"; echo x >a%b'
equal "literal names" '% %% 50% a%b' "$(keys | grep -v '/$' | LC_ALL=C sort | paste -sd ' ')"
in_mount 'rm 50% % %% a%b'

# A key that is a file and a directory at once.
ctl put foo 'value of foo' >/dev/null
ctl put foo/bar 'value of foo/bar' >/dev/null
equal "the directory's own value" "value of foo" "$(in_mount 'cat foo/%value')"
equal "the key in it" "value of foo/bar" "$(in_mount 'cat foo/bar')"
in_mount 'echo new >foo/%value'
equal "written to foo" new "$(value_of foo)"
equal "what is in it" "%value bar" "$(in_mount 'ls foo' | sort | paste -sd ' ')"

# What begins with the name of a directory is not in it.
ctl put foo-bar 1 >/dev/null
ctl put foo.txt 1 >/dev/null
ctl put foo0 1 >/dev/null
equal "neighbours" "%value bar" "$(in_mount 'ls foo' | sort | paste -sd ' ')"
seen=$(in_mount 'ls' | LC_ALL=C sort | paste -sd ' ')
equal "and they are there" "foo foo-bar foo.txt foo0" "$seen"
in_mount 'rm -r foo'
seen=$(keys | LC_ALL=C sort | paste -sd ' ')
equal "rm -r of foo takes no neighbour" "foo-bar foo.txt foo0" "$seen"

# A file with the name of its directory's marker, the last in it: the directory stays, empty.
ctl put last/ 1 >/dev/null
in_mount 'rm last/%empty'
equal "keys after the rm of last/%empty" last/ "$(keys last)"
equal "and its value" "" "$(value_of last/)"
fails "a directory in the marker's place" "invalid" in_mount 'mkdir last/%empty'
in_mount 'echo x >last/x'
fails "a file in the marker's place" "itself" in_mount 'mv last/x last/%empty'
ctl put last/ 2 >/dev/null
in_mount 'rm last/x; mv last/%empty moved'
equal "the moved value" 2 "$(value_of moved)"
equal "keys after the mv of last/%empty" last/ "$(keys last)"

# The empty key, which etcd does not have, has no path: not in a root without a prefix.
in_mount 'echo x >x'
fails "a file by the empty key" "itself" in_mount 'mv x %empty'
fails "a directory by the empty key" "invalid" in_mount 'mkdir %empty'
in_mount 'mv x y; mv y x; rm x'

# Truncated to nothing it is the marker, and no file any more: that is no error of the truncate.
ctl put cut/ 3 >/dev/null
in_mount 'truncate -s 0 cut/%empty'
equal "the value of the marker" "" "$(value_of cut/)"
in_mount ': >empty'
fails "an empty file by the marker's name" "itself" in_mount 'mv empty cut/%empty'
in_mount 'rmdir cut; rm empty'

# And a last file that becomes the directory's own value.
ctl put own/x 3 >/dev/null
in_mount 'mv own/x own/%value'
equal "keys after the mv to own/%value" "own own/" "$(keys own | paste -sd ' ')"

# A component of more than 255 bytes is readable.
long=$(printf 'y%.0s' {1..600})
ctl put -- "$long" 'long' >/dev/null
equal "a long key" long "$(in_mount 'find . -type f -path "*yyy*" -exec cat {} +')"
fails "a name too long to make" "too long" in_mount 'echo x >"$1"' "$long"
