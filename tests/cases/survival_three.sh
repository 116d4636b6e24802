#!/bin/bash
# Of three members under writers one, two and all are killed and stopped: nothing done is lost, and all heals.
# Statements: 24, 150, 151.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/cluster.sh"
. "$TOP/tests/lib/writers.sh"

allow_log "etcd( |'s )|inotify events|it is started again|dead mount|key .*: truncation"
OPTIONS=(-o timeout=2)
# etcd 3.5 floods a member that was away (151).
AGAIN=$HEALED
[[ $(etcd --version) == *" 3.4."* ]] || AGAIN=60
start_cluster 3 "${OPTIONS[@]}"
start_writers 3 "${MNTS[@]}"

etcds() { etcd_of 0; etcd_of 1; etcd_of 2; }
# The role may change before it could be asked again.
a_leader() { wait_until "a leader" eval 'LEADER=$(leader_of 0 1 2)' && echo "$LEADER"; }

leader=$(a_leader)
heals "the leader's etcd killed" kill -KILL "$(etcd_of "$leader")"
heals "two etcds killed" kill -KILL "$(etcd_of 0)" "$(etcd_of 1)"
# shellcheck disable=SC2046
heals "all etcds killed" kill -KILL $(etcds)
heals "a filesystem killed" kill -KILL "$(filesystem_of 1)"
# shellcheck disable=SC2046
heals "all filesystems and all etcds killed" \
	kill -KILL $(etcds) "$(filesystem_of 0)" "$(filesystem_of 1)" "$(filesystem_of 2)"

# Who is stopped says so, and the others go on without it.
leader=$(a_leader)
stopped=$(etcd_of "$leader")
others=$(printf "%s\n" 0 1 2 | grep -vx "$leader" | paste -sd " ")
heal_only=$others heals "the leader's etcd stopped, for the others" freeze "$stopped"
wait_until "who is stopped is offline" has_role "${MNTS[leader]}" offline
HEALED=$AGAIN heals "and going on" kill -CONT "$stopped"

kill_members 1 2
since=$(now)
start_members "1 2" "${OPTIONS[@]}"
wait_writes "two members killed, writes from their start on" "$since"
kill_members 0 1 2
since=$(now)
start_members "0 1 2" "${OPTIONS[@]}"
wait_writes "all members killed, writes from their start on" "$since"
judge_writers "$RUN" "${MNTS[@]}"
