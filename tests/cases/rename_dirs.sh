#!/bin/bash
# A directory is renamed as a file is: in one transaction, whole, with everything in it.
# Statements: 210, 212, 213, 216, 218.
. "$(dirname "$0")/../lib/case.sh"

start_mount

rename() { in_mount 'python3 "$RENAME" "$@"' "$@"; }
export RENAME=$TOP/tests/lib/rename.py
tree() { in_mount 'find "$@" | sort | paste -sd " "' "$@"; }

# --- Values, leases, inodes ---
lease=$(ctl lease grant 600 | awk '{ print $2 }')
in_mount 'mkdir d d/sub d/empty; echo 1 >d/a; echo 2 >d/sub/b; printf "\0\n%%" >d/odd'
ctl put --lease="$lease" d/leased kept >/dev/null
ctl put d value >/dev/null # a directory that is a key as well
nodes() { in_mount 'cd "$1" && stat -c "%i %n" . a sub sub/b empty leased odd %value' "$1"; }
before=$(nodes d) times=$(in_mount 'stat -c %Y.%y d/a d/sub/b')
publishes 1 "a directory" 'mv d e'
fails "its old name" "No such file" in_mount 'ls d'
equal "inodes" "$before" "$(nodes e)"
equal "times of files" "$times" "$(in_mount 'stat -c %Y.%y e/a e/sub/b')"
equal "keys" "e e/a e/empty/ e/leased e/odd e/sub/ e/sub/b" "$(keys | sed '/^e\/$/d' | paste -sd ' ')"
equal "a value" 2 "$(in_mount 'cat e/sub/b')"
equal "its own value" value "$(value_of e)"
equal "odd bytes" "00 0a 25" "$(value_of e/odd | od -An -tx1 | xargs)"
equal "the lease" "[e/leased]" "$(ctl lease timetolive --keys "$lease" | sed 's/.*keys(\(.*\))/\1/')"

# --- Into another directory, and back: the one it leaves stays, also without a marker ---
ctl put p/q/r/only 1 >/dev/null
publishes 1 "out of a directory" 'mv p/q/r r'
check "it stays" in_mount 'test -d p/q'
equal "with a marker" "p/q/" "$(keys p)"
publishes 1 "into it" 'mv r p/q'
equal "in there" "p p/q p/q/r p/q/r/only" "$(tree p)"
ctl put v/w own >/dev/null
ctl put v/w/x 1 >/dev/null
in_mount 'mv v/w w2'
equal "a directory with a value leaves" "v/ w2 w2/x" "$(keys v | paste -sd ' ') $(keys w2 | paste -sd ' ')"
ctl put s/t 1 >/dev/null
ctl put s.u 1 >/dev/null
in_mount 'mv s s2'
equal "what only begins alike" "s.u s2/t" "$(keys s | paste -sd ' ')"

# --- Over something ---
in_mount 'mkdir free full; echo 1 >full/x; echo 1 >file; mkdir src; echo 1 >src/y'
free=$(in_mount 'stat -c %i src')
publishes 1 "over an empty directory" 'mv -T src free'
equal "it is that one" "$free $(printf 'free free/y')" "$(in_mount 'stat -c %i free') $(tree free)"
fails "who was in the empty one" "no such file|stale" in_mount '
	mkdir gone; cd gone; mv -T ../free ../gone; touch x'
equal "has nothing" "gone gone/y" "$(tree gone)"
for over in "full:not empty" "file:not a directory" "gone/sub:subdirectory|invalid"; do
	fails "over ${over%%:*}" "${over#*:}" rename gone "${over%%:*}"
done
fails "a file over a directory" "is a directory" rename file gone
fails "nothing" "no such file" rename nothing x
fails "whiteout" "invalid" rename gone x whiteout
ctl put implicit/k 1 >/dev/null
fails "over one without a marker" "not empty" rename gone implicit
publishes 1 "one without a marker over one that has one" 'mkdir -p m; true'
publishes 1 "and it takes its place" 'mv -T implicit m'
equal "without a marker" "m/k" "$(keys m/)"
publishes 0 "onto itself" 'python3 "$RENAME" m m'

# --- NOREPLACE ---
fails "noreplace of a directory" "file exists" rename m gone noreplace
fails "noreplace of a file" "file exists" rename file gone/y noreplace
rename m m2 noreplace
equal "noreplace to a free name" "m2 m2/k" "$(tree m2)"

# --- Names that are written otherwise elsewhere ---
ctl put deep/.role x >/dev/null
ctl put deep/.etcd/k x >/dev/null
ctl put "deep/100%" x >/dev/null
ctl put "deep//k" x >/dev/null
long=$(printf 'l%.0s' {1..300})
ctl put "deep/$long" x >/dev/null
fails "to the root's .role" "not a directory" rename deep .role
publishes 1 "odd names" 'mv deep %2Erole'
equal "their keys" ".role/.etcd/k .role/.role .role//k .role/100% .role/$long" \
	"$(keys .role | LC_ALL=C sort | paste -sd ' ')"
in_mount 'mkdir below; mv %2Erole below/.role; test -f below/.role/.role'
equal "below" "below/.role//k" "$(keys below/.role//)"
fails "a part of a name" "cross-device" rename "below/.role/${long:0:253}%+" part
fails "as a value" "invalid" rename gone below/%value
ctl put emp/ "" >/dev/null
fails "as the marker" "invalid" rename gone emp/%empty

# --- Open files go on, and publish under the new name ---
in_mount 'mkdir o; echo old >o/f; exec 3>>o/f 4<o/f 5>o/new
	echo more >&3; echo new >&5; mv o o2; exec 3>&-; exec 5>&-
	cat <&4 >"$DIR/read"; cat o2/f o2/new' >"$DIR/after"
equal "what was open" "old more old more new" "$(cat "$DIR/read" "$DIR/after" | paste -sd ' ')"
equal "keys of it" "o2/ o2/f o2/new" "$(keys o | paste -sd ' ')"
equal "in it" "1 2" "$(in_mount 'mkdir c; cd c; echo 1 >a; mv ../c ../c2; cat a
	echo 2 >b; cat ../c2/b' | paste -sd ' ')"

# --- A stale view: another client changes what is renamed at the same time ---
ctl del --prefix c2/ >/dev/null
fails "a directory that is gone" "no such file" rename c2 c3
