#!/bin/bash
# grep -r, find, du, ls -R, tar and cp -r of the root end: none of them comes to a stream.
# Statements: 48, 254.
. "$(dirname "$0")/../lib/case.sh"

umask 022
start_mount
in_mount 'mkdir -p a/b/c empty; echo needle >a/b/c/key; echo hay >a/key; echo needle >top'

equal "grep -r" "a/b/c/key top" "$(in_mount 'grep -rl needle . | sed "s|^\./||" | sort | paste -sd " "')"
equal "grep -r for what is nowhere" 1 "$(in_mount 'status=0; grep -rq no-such-word . || status=$?; echo $status')"
tree=". ./.role ./a ./a/b ./a/b/c ./a/b/c/key ./a/key ./empty ./top"
equal "find" "$tree" "$(in_mount 'find . | LC_ALL=C sort | paste -sd " "')"
equal "find, with link counts believed" "./a/b/c ./empty" \
	"$(in_mount 'find . -mindepth 1 -type d -links 2 | sort | paste -sd " "')"
equal "find -empty" "./empty" "$(in_mount 'find . -mindepth 1 -empty')"
equal "find -newer" "./top" "$(in_mount 'touch -d 2001-01-01 .role a/key 2>/dev/null; find . -name top -newer a/key')"
equal "find -exec" 4 "$(in_mount 'find . -type f -exec cat {} + | wc -l')"
equal "ls -aR" "" "$(in_mount 'ls -aR | grep -F .etcd || true')"
check "ls -lR" in_mount 'ls -lAR . >/dev/null'
check "du" in_mount 'du -a . >/dev/null'
equal "a glob" "a empty top" "$(in_mount 'echo *')"
equal "a glob of the hidden" ".role" "$(in_mount 'shopt -u dotglob; ls -d .[!.]*')"
equal "globstar" 7 "$(in_mount 'shopt -s globstar; set -- **/*; echo $#')"
# Where etcd is late .role changes meanwhile, and tar says so: then once more.
in_mount '{ tar -cf $DIR/root.tar . || tar -cf $DIR/root.tar .; } && cp -r . $DIR/root'
equal "tar of the root" "$(tar -tf "$DIR/root.tar" | sed 's|/$||' | LC_ALL=C sort)" \
	"$(tr ' ' '\n' <<<"$tree")"
equal "cp -r of the root" "$tree" "$(cd "$DIR/root" && find . | LC_ALL=C sort | paste -sd ' ')"
check "rsync of the root" in_mount 'rsync -r . $DIR/synced && diff -r -x .role . $DIR/synced'
check "wc, file by file" in_mount 'find . -type f -print0 | xargs -0 wc -c >/dev/null'
equal "Python's walk" "a empty" \
	"$(in_mount 'python3 -c "import os; print(*sorted(next(os.walk(os.curdir))[1]))"')"
in_mount 'rm -rf ./* .[!.]* 2>/dev/null || true'
equal "rm -r of the root" "" "$(keys)"
equal "leaves its role" ".role" "$(in_mount 'ls -A')"
