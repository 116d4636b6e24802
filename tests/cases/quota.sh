#!/bin/bash
# etcd's quota is reached: writes are ENOSPC and deleting works; after that, writing works again by itself.
# Statements: 154, 155, 234.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/writers.sh"
. "$TOP/tests/lib/full.sh"

QUOTA=$((8 * 1024 * 1024))
expect_log "has reached its quota \($QUOTA bytes\)"
expect_log "has room again; the history of its keys is gone"
allow_log "truncation"
start_mount -e "quota-backend-bytes=$QUOTA"

in_mount 'mkdir big'
ctl put unmarked/last x
start_writers 2 "$MNT"
fill_up
no_room "a write" in_mount 'echo x >big/0'
wait_until "df shows no room" in_mount '[ "$(stat -f -c %a,%d .)" = 0,0 ]'
no_room "a directory" in_mount 'mkdir big/dir'
in_mount 'cat big/1 && ls big' >/dev/null || die "reading does not work when it is full"
equal "not half a file" "" "$(in_mount 'find big -size -480000c -size +0')"
in_mount 'rm unmarked/last' || die "a deletion needs room"
check "where did the marker have room?" in_mount '[ ! -e unmarked ]'
heals "deleting" in_mount 'rm -r big'
in_mount 'echo after >after'
equal "the alarms" "" "$(ctl alarm list)"
equal "a write" after "$(value_of after)"
judge_writers "$RUN" "$MNT"
