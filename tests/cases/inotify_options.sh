#!/bin/bash
# A mount with -o ro or a prefix has events, one with inotify=off has none; other words for inotify are refused.
# Statements: 81, 82.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/events.sh"

requires "needs inotify-tools" command -v inotifywait
refuses "a word that is none" "inotify" -o inotify=maybe "$MNT"

start_mount -o ro
ctl put dir/old 1 >/dev/null
wait_until "the directory" in_mount '[ -d dir ]'
watch ro "$MNT" "$MNT/dir"
settle ro
step ro "ro: a new key" "$(created dir/new)" ctl put dir/new 1
step ro "ro: a new value" "$(changed dir/old)" ctl put dir/old 2
step ro "ro: a directory" "CREATE,ISDIR sub " ctl put sub/key 1
step ro "ro: the end of a key" "DELETE dir/new " ctl del dir/new
step ro "ro: the end of a directory" "$(gone sub)" ctl del sub/key
fails "ro: writing" "read-only" in_mount 'echo x >dir/old'
fails "ro: touching" "read-only" in_mount 'touch -m dir/old'
end_watchers
stop_mount

start_mount -o prefix=/services/
ctl put /services/web/port 80 >/dev/null
wait_until "the directory" in_mount '[ -d web ]'
watch prefix "$MNT" "$MNT/web"
FENCES_PREFIX=/services/
settle prefix
step prefix "prefix: a new value" "$(changed web/port)" ctl put /services/web/port 81
step prefix "prefix: a key of others" "" ctl put /other/web/port 81
step prefix "prefix: a new key" "$(created new)" ctl put /services/new 1
