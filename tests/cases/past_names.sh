#!/bin/bash
# The past has the names that the mount itself has, however odd the keys are, also below a prefix.
# Statements: 385.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/second.sh"

long=$(printf 'x%.0s' {1..300})
odd=(plain "with space" $'new\nline' 'not utf-8 \xff\xfe' '*' -n '\' 100% %zz %25 %00 %2500 %empty %value . ..
	.etcd deep/.etcd .role deep/.role /x a//b a/ "$long" "$long/$long/file" "${long}y" both both/below
	foo foo-bar foo.txt
	foo/bar $'\x01/\x7f' $'dir/\xff')

# same WHERE: each directory is as it was at the newest revision.
same() {
	check "$1" in_mount 'find . -type d -print0 | while IFS= read -r -d "" dir; do
		diff -r -x .role "$dir" "$dir/.etcd/at/$1" || exit 1; done' "$(revision)"
}

start_mount
for key in "${odd[@]}"; do
	ctl put -- "$key" "value of $key" >/dev/null
	ctl put -- "app/$key" "app's of $key" >/dev/null
done
in_mount 'mkdir -p empty/dir app/empty; echo x >file'
same "the whole keyspace"
r=$(revision)
in_mount 'mkdir "$DIR/was"; cp -r ./* "$DIR/was/"; rm -r ./*'
check "when all is gone" in_mount 'diff -r -x .role -x .etcd -x %2E* -x %empty ".etcd/at/$1" "$DIR/was"' "$r"
# keys_at PREFIX REV: what etcd has there, without what only marks a directory.
keys_at() {
	ctl get --prefix --rev="$2" -w json -- "$1" | jq -r '.kvs[] | select(.value) | .key' | sort
}
paths_at() {
	in_mount 'find ".etcd/at/$1" -type f -print0 | while IFS= read -r -d "" file; do
		getfattr --only-values -n user.etcd.key "$file" | base64 -w 0; echo; done | sort' "$1"
}
check "each key, by its path" diff <(keys_at "" "$r") <(paths_at "$r")
stop_mount

start_mount -o prefix=app/
check "below the prefix" in_mount 'test "$(cat ".etcd/at/$1/plain")" = "app'"'"'s of plain"' "$r"
check "each key of it" diff <(keys_at app/ "$r") <(paths_at "$r")
