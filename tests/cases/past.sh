#!/bin/bash
# A directory as it was at an older revision: read, compared, copied back; never changed.
# Statements: 385-389.
. "$(dirname "$0")/../lib/case.sh"

start_mount ${OPTIONS:-}
in_mount 'mkdir -p d/sub/empty; echo one >d/a; echo two >d/sub/b; : >d/none; echo v >w'
ctl put d value >/dev/null
r=$(revision)
in_mount 'cp -r d "$DIR/was"; echo changed >d/a; rm -r d/sub; echo new >d/c'

check "as it was" in_mount 'diff -r "$DIR/was" "d/.etcd/at/$1"' "$r"
check "from above" in_mount 'diff -r "$DIR/was" ".etcd/at/$1/d"' "$r"
check "at the newest" in_mount 'diff -r d "d/.etcd/at/$1" && diff -r -x .role . ".etcd/at/$1"' "$(revision)"
equal "the root" "d w" "$(in_mount 'echo $(ls -A ".etcd/at/$1")' "$r")"
equal "nothing is listed" "" "$(in_mount 'ls -A d/.etcd/at')"
check "its own .etcd" in_mount '! ls -d "d/.etcd/at/$1/.etcd" && ! ls -d ".etcd/at/$1/.role"' "$r" 2>/dev/null
equal "links" "3 1" "$(in_mount 'cd "d/.etcd/at/$1"; echo $(stat -c %h . a)' "$r")"

# Which revisions there are.
for no in 0 -1 007 +5 1x 99999999999999999999 9223372036854775807 $((r + 100)); do
	fails "revision $no" "No such file" in_mount 'stat "d/.etcd/at/$1"' "$no"
done
fails "before it was a directory" "No such file" in_mount 'stat d/.etcd/at/1'
equal "the root before anything" "" "$(in_mount 'ls -A .etcd/at/1')"
start=$(revision)
for i in 1 2 3; do
	ctl put next $i >/dev/null
	equal "one that was just made" $i "$(in_mount 'cat ".etcd/at/$1/next"' $((start + i)))"
done

# What etcd says of a key then.
in_mount 'echo again >w'
equal "attributes" "w $(ctl get w --rev=$((start + 3)) -w json | jq -r \
	'.kvs[0] | "\(.mod_revision) \(.create_revision) \(.version)"')" "$(in_mount '
	for name in key mod_revision create_revision version; do
		getfattr --only-values -n user.etcd.$name ".etcd/at/$1/w"; echo; done | paste -sd " "' $((start + 3)))"
equal "a directory's" d/sub/ "$(in_mount 'getfattr --only-values -n user.etcd.key "d/.etcd/at/$1/sub"' "$r")"
fails "no lease" "No such attribute" in_mount 'getfattr -n user.etcd.lease "d/.etcd/at/$1/a"' "$r"

# Nothing there can be changed.
for change in 'echo x >a' 'echo x >>a' 'echo x >new' 'rm a' 'mkdir x' 'rmdir sub/empty' 'mv a z' 'ln -s a l' \
	'ln a l' 'mkfifo p' 'touch a' 'touch new' 'chmod 600 a' 'chown 1 a' 'truncate -s 0 a' 'mv ../../../c c' \
	'mv a ../../../z' 'setfattr -n user.x -v y a' 'setfattr -x user.etcd.key a' \
	'setfattr -n user.etcd.expect.1 -v y a' \
	'test ! -w a && echo "Read-only" >&2 && false'; do
	fails "$change" "Read-only" in_mount "cd d/.etcd/at/$r && $change"
done
equal "no revision of it" $((start + 4)) "$(revision)"

# Its numbers are its own and stay; times go by the revisions.
check "numbers" in_mount '[ "$(stat -c %i d/%value)" != "$(stat -c %i "d/.etcd/at/$1/%value")" ] &&
	[ "$(stat -c %i "d/.etcd/at/$1/a")" = "$(ls -i "d/.etcd/at/$1/a" | cut -d " " -f 1)" ] &&
	[ "$(ls -1i "d/.etcd/at/$1" | sort)" = "$(cd "d/.etcd/at/$1" && stat -c "%i %n" * | sort)" ]' "$r"
check "times" in_mount 'cd "d/.etcd/at/$1" && [ sub/b -nt a ] && [ . -nt a ] && [ ! a -nt ../"$1"/a ]' "$r"

# Copied back.
in_mount 'cp -r "d/.etcd/at/$1/." d/' "$r"
equal "what came later stays" "Only in d: c" "$(in_mount 'diff -r d "d/.etcd/at/$1"' "$r" || true)"

# By mmap, which a file of now refuses to share.
equal "mapped" one "$(in_mount 'python3 -c "$@"' 'import mmap, sys
with open(sys.argv[1], "rb") as file:
    print(mmap.mmap(file.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_READ)[:].decode().strip())' "d/.etcd/at/$r/a")"

# A second time the kernel asks for neither bytes nor names. (The metrics cost some reads as well.)
asked() {
	in_mount 'sed -nE "s/^etcdfs_operations_total\{.*kind=\"(read|readdir|readdirplus)\".* ([0-9]+)\$/\2/p" \
		.etcd/metrics' | paste -sd +
}
copy() { in_mount 'rm -rf "$DIR/$2"; cp -r "d/.etcd/at/$1" "$DIR/$2"' "$r" "$1"; }
nothing_is_read() { # but if somebody drops the kernel's caches meanwhile
	local before between
	before=$(($(asked)))
	between=$(($(asked)))
	copy copy-2
	[ $(($(asked) - between)) = $((between - before)) ]
}
copy copy-1
wait_until "a copy for which nothing is read" nothing_is_read
check "is whole" diff -r "$DIR/copy-1" "$DIR/copy-2"
