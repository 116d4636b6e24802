#!/bin/bash
# The notifier never touches what is mounted below the mount, or over it; bind mounts of the mount have events.
# Statements: 83.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/events.sh"

requires "needs inotify-tools" command -v inotifywait
requires "needs root, to mount" [ "$(id -u)" = 0 ]
start_mount
mkdir "$DIR/bound" "$DIR/outside"
echo outside >"$DIR/outside/file"
in_mount 'mkdir dir dir/sub dir/other; echo 1 >dir/sub/key; echo 1 >dir/file; echo 1 >dir/key'

# dir/sub is a tmpfs with names of its own, dir/file is a file from outside.
limit mount -t tmpfs none "$MNT/dir/sub"
limit mount --bind "$DIR/outside/file" "$MNT/dir/file"
in_mount 'echo tmpfs >dir/sub/key; echo tmpfs >dir/sub/more; mkdir dir/sub/deep'
limit touch -d 2001-01-01 "$MNT/dir/sub/key" "$MNT/dir/sub/more" "$MNT/dir/sub/deep" "$DIR/outside/file"
watch in-tmpfs "$MNT/dir/sub" "$MNT/dir/sub/key" "$DIR/outside/file"
watch w "$MNT" "$MNT/dir"

step w "a key under the tmpfs" ".*" ctl put dir/sub/key 2
step w "one that the tmpfs has too" ".*" ctl put dir/sub/more 2
step w "one that it has not" ".*" ctl put dir/sub/new 2
step w "below a directory of it" ".*" ctl put dir/sub/deep/key 2
step w "a deleted one" ".*" ctl del dir/sub/more
step w "the file's key" ".*" ctl put dir/file 2
step w "beside them" "$(changed dir/key)" ctl put dir/key 2
step w "and new" "$(created dir/new)" ctl put dir/new 2
equal "the tmpfs and the file outside: events" "" "$(events in-tmpfs)"
equal "their times" "978307200 978307200 978307200 978307200" \
	"$(limit stat -c %Y "$MNT"/dir/sub/{key,more,deep} "$DIR/outside/file" | paste -sd ' ')"
equal "their content" "tmpfs tmpfs outside" \
	"$(in_mount 'cat dir/sub/key dir/sub/more dir/file' | paste -sd ' ')"
equal "the names" "deep key more" "$(in_mount 'ls dir/sub' | paste -sd ' ')"
check "the tmpfs is still there" mountpoint -q "$MNT/dir/sub"
check "the file as well" grep -q " $MNT/dir/file " /proc/self/mountinfo
unwatch in-tmpfs
limit umount "$MNT/dir/sub" "$MNT/dir/file"
equal "below it" 2 "$(in_mount 'cat dir/sub/key')"
watch below "$MNT" "$MNT/dir/sub"
step below "events below it" "$(changed dir/sub/key)" ctl put dir/sub/key 3
unwatch below

# A bind mount of a directory of ours shows the same inodes.
limit mount --bind "$MNT/dir" "$DIR/bound"
MNT_OF_EVENTS=$DIR/bound
watch bound "$DIR/bound" "$DIR/bound/key"
first=1
ctl put dir/key 3 >/dev/null
wait_until "the event at the bind mount" has_event bound "CLOSE_WRITE key " "$first"
unwatch bound
take_off umount "$DIR/bound"
MNT_OF_EVENTS=$MNT

# A filesystem over the whole mount: names as ours, and nothing of it is touched.
limit mount -t tmpfs none "$MNT"
mkdir "$MNT/dir"
echo over >"$MNT/dir/key"
touch -d 2001-01-01 "$MNT/dir/key" "$MNT/dir"
watch over "$MNT" "$MNT/dir"
before=$(revision)
ctl put dir/key 4 >/dev/null
ctl put dir/made 4 >/dev/null
ctl del dir/new >/dev/null
equal "three changes" 3 "$(($(revision) - before))"
unwatch w # its watch is on the inode, and is told all the same, or not
limit umount "$MNT" || limit umount -l "$MNT"
equal "the filesystem over it: events" "" "$(events over | sed -E 's/(UNMOUNT|IGNORED)(,ISDIR)? [^ ]* //g')"
unwatch over
watch again "$MNT" "$MNT/dir"
settle again
step again "after it has gone" "$(changed dir/key)" ctl put dir/key 5
