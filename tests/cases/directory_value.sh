#!/bin/bash
# A key that is also a directory, and directories with and without a marker: what each operation does.
# Statements: 20, 30, 60, 220-222, 229.
. "$(dirname "$0")/../lib/case.sh"

start_mount

# changed WORD...: by another client; and seen here, since a listing waits for that: the kernel decides some
# of what follows by the name alone.
changed() {
	ctl "$@" >/dev/null
	in_mount 'ls >/dev/null'
}
all_keys() { keys | LC_ALL=C sort | paste -sd ' '; }
listed() { in_mount 'ls -A "$1"' "$1" | LC_ALL=C sort | paste -sd ' '; }
kind() { in_mount 'stat -c %F "$1"' "$1"; }

# --- With a value of its own, without a marker.
changed put a 'value of a'
equal "a file" "regular file" "$(kind a)"
changed put a/b 'value of a/b'
equal "a directory now" directory "$(kind a)"
equal "its value is a file" "regular file" "$(kind a/%value)"
equal "listed" "%value b" "$(listed a)"
equal "and in the root" "a" "$(in_mount 'ls')"
equal "read" "value of a" "$(in_mount 'cat a/%value')"
equal "its key" "a" "$(in_mount 'getfattr --only-values -n user.etcd.key a/%value')"
equal "the directory's" "a/" "$(in_mount 'getfattr --only-values -n user.etcd.key a')"
fails "cat of it" "Is a directory" in_mount 'cat a'
fails "write to it" "Is a directory" in_mount 'echo x >a'
fails "append to it" "Is a directory" in_mount 'echo x >>a'
fails "truncate it" "Is a directory" in_mount 'truncate -s 0 a'
fails "rm of it" "Is a directory" in_mount 'rm a'
fails "unlink of it" "Is a directory" in_mount 'unlink a'
fails "rmdir of it" "not empty" in_mount 'rmdir a'
fails "mkdir over it" "File exists" in_mount 'mkdir a'
fails "mkdir over its value" "File exists" in_mount 'mkdir a/%value'
fails "below its value" "Not a directory" in_mount 'mkdir a/%value/x'
equal "nothing has changed" "a a/b" "$(all_keys)"

in_mount 'echo new >a/%value; echo more >>a/%value'
equal "written" $'new\nmore' "$(value_of a)"
in_mount 'truncate -s 3 a/%value'
equal "truncated" new "$(value_of a)"
in_mount 'rm a/%value'
equal "removed" "a/b" "$(all_keys)"
equal "and not listed" b "$(listed a)"
fails "no directory has that name" "Invalid argument" in_mount 'mkdir a/%value'
in_mount 'echo again >a/%value'
equal "made again" again "$(value_of a)"
fails "made once" "cannot overwrite" in_mount 'set -C; echo x >a/%value'

in_mount 'rm a/b'
equal "its last file gone: it stays, with its value" "a a/" "$(all_keys)"
equal "listed" "%value" "$(listed a)"
fails "rmdir with a value" "not empty" in_mount 'rmdir a'
in_mount 'rm a/%value'
equal "an empty directory" "a/" "$(all_keys)"
in_mount 'rmdir a'
equal "and gone" "" "$(all_keys)"

# --- Both, and made the other way round.
in_mount 'mkdir -p d/e; echo x >d/e/f'
changed put d 'value of d'
changed put d/e 'value of e'
equal "everything" "d/%value d/e/%value d/e/f" "$(in_mount 'find d -type f' | LC_ALL=C sort | paste -sd ' ')"
in_mount 'cp -r d copy; diff -r d copy'
equal "copied as what it is" "copy copy/ copy/e copy/e/ copy/e/f" "$(keys copy | LC_ALL=C sort | paste -sd ' ')"
in_mount 'rm -r d copy'
equal "rm -r takes the values as well" "" "$(all_keys)"

# --- Implicit: there as long as there is something.
changed put x/y/z 1
equal "directories" "directory directory" "$(kind x) $(kind x/y)"
fails "rmdir without a marker" "not empty" in_mount 'rmdir x/y'
fails "mkdir over one without a marker" "File exists" in_mount 'mkdir x'
equal "nothing has changed" "x/y/z" "$(all_keys)"
changed del x/y/z
fails "all gone with the key" "No such file" in_mount 'stat x'
fails "rmdir of what is gone" "No such file" in_mount 'rmdir x'
changed put x/y/z 1
changed put x 'value of x'
changed del x/y/z
equal "a file again" "regular file" "$(kind x)"
fails "rmdir of a file" "Not a directory" in_mount 'rmdir x'
equal "its value" "value of x" "$(in_mount 'cat x')"
in_mount 'rm x'
changed put x/y/z 1
in_mount 'rm x/y/z'
equal "removed here, the directory stays" "x/y/" "$(all_keys)"
in_mount 'rmdir x/y'
equal "and the one above" "x/" "$(all_keys)"
changed put x/y/z 1
changed del x/
equal "without its marker" "directory" "$(kind x)"
in_mount 'rm -r x'
equal "nothing is left" "" "$(all_keys)"
changed put m/ ''
equal "a marker that was put is an empty directory" "directory " "$(kind m) $(listed m)"
changed del m/
fails "and is gone with it" "No such file" in_mount 'stat m'

# --- A file that becomes a directory while it is open.
in_mount 'echo old >t'
mkfifo "$DIR/go"
in_mount 'exec 3<t 4<>t; read -r line <&3; echo "$line" >$DIR/read
	read -r _ <$DIR/go
	stat -L -c %h /proc/self/fd/3 >$DIR/links
	python3 -c "import os; print(os.pread(3, 9, 0))" >$DIR/reread
	echo new >&4
	python3 -c "import errno, os
try: os.fsync(4)
except OSError as error: print(errno.errorcode[error.errno])" >$DIR/fsync' &
opener=$!
wait_until "it is open" test -s "$DIR/read"
changed put t/u 1
echo >"$DIR/go"
wait "$opener" || die "the one who has it open"
equal "what was read" "old" "$(cat "$DIR/read")"
equal "and is read again" "b'old\n'" "$(cat "$DIR/reread")"
equal "no name of it is left" 0 "$(cat "$DIR/links")"
equal "what was written is refused" ESTALE "$(cat "$DIR/fsync")"
equal "and the value is as it was" old "$(in_mount 'cat t/%value')"
in_mount 'rm -r t'

# --- "a/" with a value is a file, and no marker.
changed put v/ 'a value'
equal "a file" "%empty" "$(listed v)"
equal "its value" "a value" "$(in_mount 'cat v/%empty')"
fails "not empty" "not empty" in_mount 'rmdir v'
in_mount 'rm v/%empty'
equal "removed, the directory stays" "v/" "$(all_keys)"
equal "empty" "" "$(listed v)"
equal "the marker's value" "" "$(value_of v/)"
fails "none is made with the name of the marker" "Invalid argument" in_mount 'echo x >v/%empty'
fails "nor a directory" "Invalid argument" in_mount 'mkdir v/%empty'
changed put v/ 'again'
changed put v/w ''
in_mount 'rm v/%empty'
equal "removed beside another" "v/w" "$(all_keys)"
in_mount 'mkdir v/%empty; echo x >v/%empty/x; rm v/w'
equal "an empty component" "v// v//x" "$(all_keys)"
in_mount 'rm -r v'
equal "removed with the rest" "" "$(all_keys)"
