#!/bin/bash
# The very next cat, ls and stat see what etcdctl puts and deletes, and etcdctl sees what the mount does.
# Statements: 1, 22.
. "$(dirname "$0")/../lib/case.sh"

start_mount

ctl put seen 'by cat' >/dev/null
equal "the next cat" "by cat" "$(in_mount 'cat seen')"
ctl put seen 'again' >/dev/null
equal "and the next" again "$(in_mount 'cat seen')"
equal "its size" 5 "$(in_mount 'stat -c %s seen')"
ctl put deep/er/key x >/dev/null
equal "directories come with their keys" "deep/er/key" "$(in_mount 'find deep -type f')"
check "they are directories" in_mount 'test -d deep/er'
ctl del deep/er/key >/dev/null
fails "and are gone with them" "No such file" in_mount 'ls deep'
ctl del seen >/dev/null
fails "a deleted key" "No such file" in_mount 'cat seen'
equal "the listing" "" "$(in_mount 'ls')"

printf 'a\0b\n\n' >"$DIR/bytes"
ctl put bytes <"$DIR/bytes" >/dev/null
check "bytes from etcdctl" in_mount 'cmp $DIR/bytes bytes'
in_mount 'cp bytes copy'
value_of copy >"$DIR/seen"
check "bytes to etcdctl" cmp "$DIR/bytes" "$DIR/seen"

# A name that was asked for in vain is not remembered as missing.
fails "not there yet" "No such file" in_mount 'cat later'
ctl put later now >/dev/null
equal "there now" now "$(in_mount 'cat later')"

# A file that becomes a directory, and a directory that becomes a file.
ctl put turn file >/dev/null
check "a file" in_mount 'test -f turn'
ctl del turn >/dev/null
ctl put turn/inside x >/dev/null
# A path goes by what its names were when the mount heard of them last, or by a read since (60).
equal "a directory now" x "$(in_mount 'ls >/dev/null; cat turn/inside')"
ctl del turn/inside >/dev/null
ctl put turn file >/dev/null
equal "a file again" file "$(in_mount 'cat turn')"
