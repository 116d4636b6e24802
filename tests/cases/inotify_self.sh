#!/bin/bash
# A watch on a file or a directory itself gets MODIFY, CLOSE_WRITE and DELETE_SELF.
# Statements: 72.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/events.sh"

requires "needs inotify-tools" command -v inotifywait
start_mount
in_mount 'mkdir fences d d/empty; echo 1 >d/key; echo 1 >d/other'
FENCES_IN=fences/
watch w "$MNT/fences" "$MNT/d/key" "$MNT/d/empty"

step w "a new value" "$(changed d/key)" ctl put d/key 2
step w "another key" "" ctl put d/other 2
step w "one that is not known" "" ctl put d/unknown 2
step w "the end of the file" "(ATTRIB d/key )*DELETE_SELF d/key " ctl del d/key
step w "a new file is another" "" ctl put d/key 3
step w "a key in the directory" "$(created d/empty/x)" ctl put d/empty/x 1
step w "its end" "DELETE d/empty/x " ctl del d/empty/x
step w "the end of the directory" "DELETE_SELF d/empty/? " ctl del d/empty/

# A descriptor that is open keeps the old file: its watch goes when it is closed.
watch open "$MNT/fences" "$MNT/d/other"
exec 9<"$MNT/d/other"
step open "deleted while it is open" "(ATTRIB d/other )*(DELETE_SELF d/other )?" ctl del d/other
exec 9<&-
wait_until "DELETE_SELF" has_event open "DELETE_SELF d/other" 1

# A watch on one file alone, with no look at the directory.
ctl put alone 1 >/dev/null
watch alone "$MNT/fences" "$MNT/alone"
settle alone
step alone "deleted and made again" "(ATTRIB alone )*DELETE_SELF alone " eval 'ctl del alone; ctl put alone 2'
watch alone-2 "$MNT/fences" "$MNT/alone"
settle alone-2
step alone-2 "the new one" "$(changed alone)" ctl put alone 3
