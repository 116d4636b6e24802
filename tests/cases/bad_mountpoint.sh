#!/bin/bash
# A start on an unusable mountpoint is refused with one clear line, and nothing is left.
# Statements: 38.
. "$(dirname "$0")/../lib/case.sh"

own=(-e "name=$NAME" -e "data-dir=$DATA")

refuses "missing" "$DIR/nothing.*(no such|not exist)" "${own[@]}" "$DIR/nothing"
touch "$DIR/file"
refuses "no directory" "$DIR/file.*not a directory|$DIR/file.*no directory" "${own[@]}" "$DIR/file"
mkdir "$DIR/full"
touch "$DIR/full/x"
refuses "not empty" "$DIR/full.*not empty" "${own[@]}" "$DIR/full"
refuses "none given" "mountpoint|usage" "${own[@]}"
refuses "two given" "mountpoint|argument|usage" "${own[@]}" "$MNT" "$DIR"
mkdir "$DIR/empty"
refuses "its data inside of it" "$DIR/empty" -e "name=$NAME" -e "data-dir=$DIR/empty/data" "$DIR/empty"
equal "still empty" "" "$(ls -A "$DIR/empty")"
[ ! -e "$DATA" ] || die "a data directory was made"

start_mount
fails "mounted already" "$MNT.*(mounted|etcdfs)" \
	limit "$ETCDFS" -e "name=$NAME.2" -e "data-dir=$DIR/data2" "$MNT"
equal "mounts" 1 "$(grep -cF " $MNT " /proc/self/mountinfo)"
wait_until "and it works" has_role "$MNT" leader
[ ! -e "$DIR/data2" ] || die "a data directory was made"
