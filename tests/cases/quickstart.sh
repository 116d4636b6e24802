#!/bin/bash
# quickstart builds a clean copy of the tree and mounts; a second run says that it is mounted already.
WATCHDOG=700
. "$(dirname "$0")/../lib/case.sh"

LIMIT=650
copy=$DIR/tree
mkdir "$copy"
cp -r "$TOP"/{fs,supervisor,tests,docs,meson.build,quickstart} "$copy"

# How well the compiler optimises is nothing that is looked at here; without, it takes half the time.
CFLAGS=-O0 limit "$copy/quickstart" "$MNT" -e "name=$NAME" -e "data-dir=$DATA" >"$DIR/out" 2>&1 ||
	die "quickstart: status $?: $(cat "$DIR/out")"
equal "lines to try" 4 "$(grep -c "^    .*$MNT" "$DIR/out")"
equal "what it says works" world "$(sed -n 's/^    \(echo world.*\)/\1/p' "$DIR/out" | limit bash)"
equal "twice" "$MNT is mounted already." "$(limit "$copy/quickstart" "$MNT")"
take_off umount "$MNT"
wait_until "the end of all" none_marked
touch "$DIR/file"
fails "a file" "no directory" limit "$copy/quickstart" "$DIR/file"
fails "an option first" "usage" limit "$copy/quickstart" --frobnicate
