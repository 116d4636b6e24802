#!/bin/bash
# A start on a data directory that is in use, or cannot be made, is refused at once and says why, naming who holds it.
# A start waits for a directory that may soon be free, and says so.
# Statements: 38, 272.
. "$(dirname "$0")/../lib/case.sh"

start_mount
in_mount 'echo x >key'
mkdir "$DIR/mnt2"
fails "in use" "$DATA.*(pid )?$PID" limit "$ETCDFS" -e "name=$NAME.2" -e "data-dir=$DATA" "$DIR/mnt2"
equal "it goes on" x "$(in_mount 'cat key')"
fails "the same name" "$NAME|$PID" limit "$ETCDFS" -e "name=$NAME" -e "data-dir=$DIR/data2" "$DIR/mnt2"
equal "it still goes on" x "$(in_mount 'cat key')"
stop_mount

# An etcdfs that ends, and an etcd that is left of an earlier run: neither lets go in time.
mkdir "$DIR/data2"
echo "0 $DIR/mnt2" >"$DIR/data2/etcdfs.lock"
exec 8<"$DIR/data2/etcdfs.lock" 9<"$DATA/member/snap/db"
flock 8
flock 9
(fails "one that ends" "data directory $DIR/data2 is in use by another etcdfs" limit "$ETCDFS" \
	-e "name=$NAME.2" -e "data-dir=$DIR/data2" "$DIR/mnt2"
equal "what it waits for" "etcdfs: waiting for an etcdfs that ends to let go of the data directory $DIR/data2" \
	"$(head -n 1 <<<"$WORDS")"
one_line "one that ends") &
ending=$!
fails "an etcd that is left" "data directory $DATA is in use by another etcd$" limit "$ETCDFS" -e "name=$NAME" \
	-e "data-dir=$DATA" "$MNT"
equal "what it waits for" "etcdfs: waiting for the etcd of an earlier run to let go of the data directory" \
	"$(head -n 1 <<<"$WORDS")"
one_line "an etcd that is left"
wait "$ending" || die "an etcdfs that ends: $?"
exec 8<&- 9<&-
nothing_left

# Another first start has failed, and takes the directory that it has made away again.
rm -r "$DIR/data2"
mkdir -m 0700 "$DIR/data2"
echo "0 $MNT" >"$DIR/data2/etcdfs.lock"
exec 8<"$DIR/data2/etcdfs.lock"
flock 8
"$ETCDFS" -f -e "name=$NAME" -e "data-dir=$DIR/data2" "$MNT" 8<&- >>"$LOG" 2>&1 &
PID=$!
waits_for_the_lock() { find "/proc/$PID/fd" -lname "$DIR/data2/etcdfs.lock" | grep -q .; }
wait_until "it waits" waits_for_the_lock
rm -r "$DIR/data2"
exec 8<&-
wait_until "it goes on" is_usable_or_over
is_alive "$PID" || die "etcdfs ended at its start"
in_mount 'echo x >key'
stop_mount

touch "$DIR/file"
refuses "a file" "$DIR/file" -e "name=$NAME" -e "data-dir=$DIR/file" "$MNT"
refuses "below a file" "$DIR/file" -e "name=$NAME" -e "data-dir=$DIR/file/data" "$MNT"
