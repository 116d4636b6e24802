#!/bin/bash
# The run directory can be set, and in a user namespace XDG_RUNTIME_DIR and XDG_STATE_HOME count for uid 0 as well.
# Statements: 307, 308.
. "$(dirname "$0")/../lib/case.sh"

run=$DIR/mine/run
mkdir "$DIR/other"
start_mount -e "run-dir=$run"
check "the socket" test -S "$run/client:0"
equal "its mode" 700 "$(stat -c %a "$run")"
[ ! -e "$RUN" ] || die "there is the default run directory as well"
fails "another with this run directory" "run directory $run .*in use|$run" limit "$ETCDFS" \
	-e "name=$NAME.2" -e "data-dir=$DIR/data2" -e "run-dir=$run" "$DIR/other"
fails "--leave without it" "no etcdfs of yours" limit "$ETCDFS" --leave "$MNT"
fails "--leave" "last member" limit "$ETCDFS" -e "run-dir=$run" --leave "$MNT"
stop_mount
[ ! -e "$run" ] || die "the run directory is left"
check "what was above it stays" test -d "$DIR/mine"

# One that was there stays, and is empty; the name is relative to where etcdfs is started.
mkdir -m 0700 "$run"
(cd "$DIR" && limit "$ETCDFS" $(own_options) -e run-dir=mine/run "$MNT" -- test -S "$run/client:0")
equal "it is there, and empty" "" "$(ls -A "$run")"
mkdir -m 0755 "$DIR/all"
touch "$DIR/all/other"
refuses "one with files of others" "not etcdfs's alone" $(own_options) -e "run-dir=$DIR/all" "$MNT"
equal "which stays open" 755 "$(stat -c %a "$DIR/all")"
refuses "an empty name" "run-dir" -e run-dir= "$MNT"
refuses "a long name" "too long" $(own_options) -e "run-dir=$DIR/$(printf 'x%.0s' {1..100})" "$MNT"

# uid 0 of a user namespace is whoever has made it.
requires "needs user namespaces" unshare -Urm true
limit unshare -Urm "$ETCDFS" -e "name=$NAME" "$MNT" -- \
	sh -c 'test -S "$1/client:0" && echo x >"$2/key" && rm "$2/key"' - "$XDG_RUNTIME_DIR/etcdfs/$NAME" "$MNT"
check "the data" test -d "$XDG_STATE_HOME/etcdfs/$NAME/member"
[ ! -e "$XDG_RUNTIME_DIR/etcdfs" ] || die "left: $(ls "$XDG_RUNTIME_DIR/etcdfs")"
