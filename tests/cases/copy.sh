#!/bin/bash
# A tree of files is copied in, compared, moved and removed with the ordinary tools.
# Statements: 1.
. "$(dirname "$0")/../lib/case.sh"

start_mount

source=/usr/share/doc/bash
[ -d "$source" ] || die "$source is not there"
export source
in_mount 'mkdir -p a/b; cp -r $source a/b/'
check "diff -r" in_mount 'diff -r $source a/b/bash'
in_mount 'mkdir more; cp -r a/b/bash more/copy; diff -r a/b/bash more/copy'
in_mount 'mv more/copy/copyright more/'
check "mv of a file" in_mount 'cmp $source/copyright more/copyright && ! test -e more/copy/copyright'
check "cp -p, as far as etcd can keep it" in_mount 'cp -p $source/copyright p && cmp $source/copyright p'
check "tar" in_mount 'tar -C $source -cf - . | tar -xf - -C a --no-same-owner; diff -r $source a -x b'
in_mount 'rm -r a more p'
equal "rm -r" ".role" "$(in_mount 'ls -A')"
equal "no key is left" "" "$(keys)"

# Many files in one directory, listed whole.
in_mount 'mkdir many; cd many; for i in {1..500}; do echo $i >key-$i; done'
equal "500 in a directory" 500 "$(in_mount 'ls many | wc -l')"
equal "each once" 500 "$(in_mount 'ls many | sort -u | wc -l')"
equal "grep -r" many/key-321 "$(in_mount 'grep -rlx 321 many')"
in_mount 'rm -r many'
