#!/bin/bash
# cp, mv, tar, zip and install give the same tree, with its times, in and out and within the mount.
# Statements: 42, 43, 170, 245, 247, 249, 288.
. "$(dirname "$0")/../lib/case.sh"

command -v zip >/dev/null || die "no zip"
umask 022
start_mount

source=/usr/share/doc/bash
[ -d "$source" ] || die "$source is not there"
export source
times() { (cd "$1" && limit find . -type f -printf '%p %T@\n' | sort); }
# same WHAT DIR: the tree and its times.
same() {
	check "$1" limit diff -r "$source" "$2"
	equal "$1: the times" "$(times "$source")" "$(times "$2")"
}

in_mount 'mkdir -p a/b; cp -r $source a/b/'
check "diff -r" in_mount 'diff -r $source a/b/bash'
in_mount 'mkdir more; cp -r a/b/bash more/copy; diff -r a/b/bash more/copy'
in_mount 'mv more/copy/copyright more/'
check "mv of a file" in_mount 'cmp $source/copyright more/copyright && ! test -e more/copy/copyright'
check "cp -p, as far as etcd can keep it" in_mount 'cp -p $source/copyright p && cmp $source/copyright p'
in_mount 'rm -r a more p'
equal "rm -r" ".role" "$(in_mount 'ls -A')"
equal "no key is left" "" "$(keys)"

# With the times, and the second time nothing is done.
in_mount 'cp -a $source copy'
same "cp -a to the mount" "$MNT/copy"
before=$(revision)
in_mount 'cp -au $source/. copy/'
equal "cp -au again: revisions" "$before" "$(revision)"
in_mount 'cp -a copy $DIR/out; cp -a copy copy2'
same "cp -a from the mount" "$DIR/out"
same "cp -a within it" "$MNT/copy2"
rm -r "$DIR/out"
in_mount 'mv copy2 $DIR/out'
same "mv out of it" "$DIR/out"
check "and gone" in_mount '! test -e copy2'
equal "mv says nothing of attributes" "" "$(in_mount 'mv $DIR/out copy3 2>&1')"
same "mv into it" "$MNT/copy3"

in_mount 'mkdir tar; tar -C $source -cf - . | tar -xf - -C tar'
same "tar x" "$MNT/tar"
in_mount 'tar -cf $DIR/t.tar tar; tar -df $DIR/t.tar'
mkdir "$DIR/tar"
limit tar -xf "$DIR/t.tar" -C "$DIR/tar"
same "tar c" "$DIR/tar/tar"
in_mount 'tar -czf t.tgz tar; mkdir tgz; tar -xzf t.tgz -C tgz --strip-components=1'
same "a tar on the mount" "$MNT/tgz"
in_mount 'echo new >tar/new; tar -uf $DIR/t.tar tar; tar -tf $DIR/t.tar | tail -n 1 >$DIR/last'
equal "tar u" "tar/new" "$(cat "$DIR/last")"

in_mount 'cd copy; zip -qr ../z.zip .; cd ..; unzip -qt z.zip; mkdir zip; unzip -q z.zip -d zip; diff -r copy zip'
in_mount 'install -D -m 644 -p $source/copyright i/j/copyright; cmp $source/copyright i/j/copyright'
equal "install -p" "$(stat -c %Y "$source/copyright")" "$(in_mount 'stat -c %Y i/j/copyright')"
in_mount 'cp -b --suffix=.old t.tgz z.zip; cp --no-clobber z.zip t.tgz; cmp z.zip t.tgz; unzip -qt z.zip.old'
in_mount 'cp --sparse=always --reflink=auto t.tgz other; cmp other t.tgz'

# A directory is not taken for what it cannot be, and what cannot be made is not made of something else.
fails "cp -l" "not permitted" in_mount 'cp -l other hard'
equal "no link" "" "$(in_mount 'ls -d hard 2>/dev/null || true')"
in_mount 'cp -s other soft; cmp other soft'
equal "cp -s" other "$(in_mount 'readlink soft')"
in_mount 'mkdir l; ln -s x $DIR/link; tar -C $DIR -cf - link | tar -xf - -C l; rm $DIR/link'
equal "a tar with a link in it" x "$(in_mount 'readlink l/link')"
in_mount 'rm -r ./*'
equal "no key is left" "" "$(keys)"

# Many files in one directory, listed whole.
in_mount 'mkdir many; cd many; for i in {1..500}; do echo $i >key-$i; done'
equal "500 in a directory" 500 "$(in_mount 'ls many | wc -l')"
equal "each once" 500 "$(in_mount 'ls many | sort -u | wc -l')"
equal "grep -r" many/key-321 "$(in_mount 'grep -rlx 321 many')"
in_mount 'rm -r many'
stop_mount

# Where others are let in, with the modes of the mount and with wider ones. Attributes are not taken
# along, so nobody complains that they cannot be set.
for options in allow_other allow_other,umask=0; do
	start_mount -o "$options"
	quiet() { equal "$options: $1" "" "$(in_mount "$2" 2>&1)"; }
	quiet "install" 'install -m 644 -p $source/copyright i; cmp $source/copyright i'
	quiet "install -d" 'install -d -m 755 d/e; install -t d/e $source/copyright'
	quiet "cp -a" 'cp -a $source copy'
	same "$options: cp -a" "$MNT/copy"
	quiet "cp -p over one" 'cp -p $source/copyright i'
	quiet "tar x" 'mkdir tar; tar -C $source -cf - . | tar -xpf - -C tar'
	same "$options: tar x" "$MNT/tar"
	quiet "tar --xattrs" 'all=(--xattrs --xattrs-include=\*); mkdir x
		tar "${all[@]}" -cf t.tar tar; tar "${all[@]}" -xf t.tar -C x'
	same "$options: tar --xattrs" "$MNT/x/tar"
	quiet "mv" 'cp -a $source $DIR/out; mv $DIR/out moved'
	same "$options: mv" "$MNT/moved"
	quiet "and back" 'mv moved $DIR/out; rm -r $DIR/out ./*'
	stop_mount
done
