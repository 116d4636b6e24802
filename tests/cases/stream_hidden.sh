#!/bin/bash
# .etcd is in no listing: cp -r, rm -r, grep -r and find do not go into it; by name it is in every directory.
# Statements: 48, 417.
. "$(dirname "$0")/../lib/case.sh"

no="permission denied|read-only|not permitted|exists"
start_mount
in_mount 'mkdir -p a/b; echo needle >a/b/k; echo 2 >a/k'

equal "ls -a" ". .. .role a" "$(in_mount 'ls -a | xargs')"
equal "ls -a below" ". .. b k" "$(in_mount 'ls -a a | xargs')"
equal "find" ". ./.role ./a ./a/b ./a/b/k ./a/k" "$(in_mount 'find . | sort | xargs')"
equal "grep -r" "./a/b/k:needle" "$(in_mount 'grep -r needle .')"
in_mount 'cp -r a copy; diff -r a copy; rm -r copy; ! ls copy 2>/dev/null'
in_mount 'mkdir e; ls e/.etcd >/dev/null; rmdir e'
in_mount 'cp -r a e; exec 3<e/.etcd/watch; rm -r e; read -r line <&3; [[ $line == *delete* ]]'
equal "no key is made of it" "a/ a/b/ a/b/k a/k" "$(keys | xargs)"

for dir in . a a/b; do
	names="at ephemeral lock locks since ttl watch"
	[ "$dir" != . ] || names="at ephemeral lock locks members metrics since snapshot status ttl watch"
	equal "$dir: what is in it" "$names" "$(in_mount 'ls $1/.etcd | xargs' "$dir")"
	equal "$dir: ls -a" ". .. $names" "$(in_mount 'ls -a $1/.etcd | xargs' "$dir")"
	equal "$dir: since" "" "$(in_mount 'ls $1/.etcd/since' "$dir")"
	equal "$dir: their kinds" "directory 555 directory 555 regular empty file 444 regular empty file 444" \
		"$(in_mount 'cd $1/.etcd; stat -c "%F %a" . since watch since/12 | xargs' "$dir")"
done
equal "an inode keeps its number while it is known" same "$(in_mount 'exec 3<.etcd/watch
	[ "$(stat -L -c %i /proc/self/fd/3)" = "$(stat -c %i .etcd/watch)" ] && echo same')"
equal "each its own" 6 "$(in_mount 'cd a/.etcd && exec 3<since/1 4<since/2
	stat -c %i . watch since since/1 since/2 ../../.etcd/watch | sort -u | wc -l')"

for name in x watch/x since/x since/-1 since/01 since/+1 since/1x since/99999999999999999999 since/; do
	[ "$name" = since/ ] || fails "$name" "no such|not a directory" in_mount 'cat .etcd/$1' "$name"
done
fails "writing" "$no" in_mount 'echo x >.etcd/watch'
fails "writing the lock" "invalid argument" in_mount 'echo x >.etcd/lock'
equal "the lock is an empty file" "0 0" "$(in_mount 'exec 3<>a/.etcd/lock; : >a/.etcd/lock
	echo $(stat -c %s a/.etcd/lock) $(wc -c <&3)')"
fails "appending" "$no" in_mount 'echo x >>a/.etcd/since/1'
fails "truncating" "$no" in_mount 'truncate -s 0 a/.etcd/watch'
fails "making a file" "$no" in_mount 'echo x >a/.etcd/x'
fails "making a revision" "$no" in_mount 'mkdir a/.etcd/since/5'
fails "making a directory" "$no" in_mount 'mkdir a/.etcd/x'
fails "making .etcd" "$no" in_mount 'mkdir a/.etcd'
fails "removing" "$no" in_mount 'rm -f .etcd/watch'
fails "removing .etcd" "$no" in_mount 'rmdir a/.etcd'
fails "renaming .etcd" "$no" in_mount 'mv -T a/.etcd x'
fails "renaming to .etcd" "$no" in_mount 'mv -T a/b .etcd'
fails "renaming out of it" "$no" in_mount 'python3 -c "import os; os.rename(\".etcd/watch\", \"w\")"'
fails "renaming into it" "$no" in_mount 'python3 -c "import os; os.rename(\"a/b/k\", \"a/.etcd/k\")"'
fails "chmod" "$no" in_mount 'chmod 600 .etcd/watch'
fails "no directory" "not a directory" in_mount 'cat a/k/.etcd/watch'
equal "a key of that name" x "$(ctl put a/.etcd/watch x >/dev/null; in_mount 'cat a/%2Eetcd/watch')"
in_mount 'ls -a a/.etcd | grep -q since'

# Many of them, come and forgotten.
in_mount 'for i in {1..300}; do : <a/.etcd/since/$i; done; echo 3 >/proc/sys/vm/drop_caches 2>/dev/null || true
	for i in {1..300}; do stat a/b/.etcd/since/$i >/dev/null; done; ls a/b/.etcd >/dev/null'
