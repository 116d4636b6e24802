#!/bin/bash
# Thousands of keys are renamed in one revision; a rename that no transaction can hold is EXDEV, and mv copies.
# Statements: 210, 215.
LIMIT=${LIMIT:-300} # a loaded machine takes its time
. "$(dirname "$0")/../lib/case.sh"
# shellcheck source=tests/lib/second.sh
. "$TOP/tests/lib/second.sh"

start_mount -o timeout=60
start_second -o timeout=60
export RENAME=$TOP/tests/lib/rename.py

# fill DIR COUNT [BYTES]: COUNT keys below DIR, with their number and so many bytes more.
fill() {
	local i value=
	[ "${3:-0}" = 0 ] || value=$(printf "%0$3d" 0)
	{
		echo
		for ((i = 0; i < $2; i++)); do
			echo "put $1/$((i % 10))/$i $i.$value"
		done
		printf '\n\n'
	} | ctl txn >/dev/null
}

# numbers DIR: how many keys of fill are below it, each with its own value.
numbers() {
	ctl get --prefix "$1/" | paste - - | awk -F '\t' '{ n = split($1, path, "/")
		split($2, value, "."); right += path[n] != "" && path[n] == value[1] } END { print right + 0 }'
}

# --- 5,000 ---
fill five 5000
node=$(in_mount 'stat -c %i five five/3/4993')
publishes 1 "5,000 keys" 'mv five moved'
equal "all of them" "5000 0" "$(numbers moved) $(numbers five)"
equal "inodes" "$node" "$(in_mount 'stat -c %i moved moved/3/4993')"
for mount in in_mount in_second; do
	equal "files" "5000" "$($mount 'find moved -type f | wc -l')"
	equal "contents" "4321." "$($mount 'cat moved/1/4321')"
	fails "the old name" "no such file" $mount 'ls five'
done
fill other 1000
publishes 1 "6,000 keys change places" 'python3 "$RENAME" moved other exchange'
equal "all of them" "1000 5000" "$(numbers moved) $(numbers other)"
equal "there as well" "1000 5000" "$(in_second 'for d in moved other; do find $d -type f | wc -l; done' |
	paste -sd ' ')"

# --- More keys than max-txn-ops ---
for part in 0 1; do
	{
		echo
		for i in {0..8999}; do echo "put k/$part.$i v"; done
		printf '\n\n'
	} | ctl txn >/dev/null
done
publishes 0 "18,000 keys" 'python3 "$RENAME" k k2 2>&1 | grep -qi cross-device'
equal "still there" 18000 "$(keys k/ | wc -l)"
equal "and nowhere else" 0 "$(keys k2 | wc -l)"
ctl del --prefix k/ >/dev/null

# --- More bytes than max-request-bytes ---
for i in {0..19}; do fill "big/$i" 1 100000; done
publishes 0 "2 MB" 'python3 "$RENAME" big big2 2>&1 | grep -qi cross-device'
# What mv says of attributes that are etcd's it says of every file that it copies.
in_mount 'mv big big2'
equal "mv copies it" "20 0" "$(numbers big2) $(numbers big)"
in_mount 'dd if=/dev/zero of=largest bs=1K count=1520 status=none'
publishes 1 "one value of any size fits" 'mv largest largest2'
equal "whole" 1556480 "$(in_mount 'stat -c %s largest2')"
