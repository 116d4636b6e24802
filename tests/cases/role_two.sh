#!/bin/bash
# Two nodes, one of which leads: each .role shows that the other is lost, and each change comes as an event.
# Statements: 80, 100.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/two.sh"
. "$TOP/tests/lib/events.sh"

requires "needs inotify-tools" command -v inotifywait
allow_log "etcd"
start_two
wait_until "one leads" is_led 0 1

MNT_OF_EVENTS=$MNT_B
ROLE_IS_TOLD=yes
watch w "$MNT_B"
etcd=$(etcd_pid)
freeze "$etcd"
wait_until "A is offline" has_role "$MNT" offline
wait_until "B has no leader" has_role "$MNT_B" candidate offline
wait_until "an event on B" has_event w "MODIFY .role " 1
kill -CONT "$etcd"
wait_until "A is back" has_role "$MNT" leader follower
wait_until "B is back" has_role "$MNT_B" leader follower
wait_until "one leads" is_led 0 1
fence w 1
told=$(without_fences w 1)
[[ $told =~ ^(MODIFY .role ){2,}$ ]] || die "B was told: $told"
wait_until "one leads" is_led 0 1
