#!/bin/bash
# Of three members one dies as a machine does: its ephemeral files end with its lease, and those of others stay.
# Statements: 431, 434, 436, 440.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/cluster.sh"
. "$TOP/tests/lib/ephemeral.sh"

allow_log "etcd|started again|is gone|left by an earlier|lease"
start_cluster 3 -o lock-ttl=3
wait_until "a leader" is_led 0 1 2
leader=$(leader_of 0 1 2)
first=$(((leader + 1) % 3)) second=$(((leader + 2) % 3))

# Two processes of one node ask for one name, and those of another: it is one's.
hold_file "${MNTS[$second]}" .etcd/ephemeral/stays text
stays=$HOLDER
hold_file "${MNTS[$leader]}" .etcd/ephemeral/dies text
equal "seen on the third" "text text" "$(in_member "$first" 'echo $(cat stays) $(cat dies)')"
fails "made again elsewhere" "file exists" in_member "$first" 'exec 9>.etcd/ephemeral/stays'
in_member "$first" 'echo v >.etcd/ttl/600/long; python3 -c "$1" "$2" &' 'import os, sys, time
begin = time.monotonic()
open(".etcd/ttl/4/short", "w").write("v")
while True:
    try: os.stat("short")
    except FileNotFoundError: break
    except OSError: pass
    time.sleep(0.01)
lived = time.monotonic() - begin
open(sys.argv[1], "w").write("long enough" if lived >= 4 else f"{lived} s")' "$DIR/lived"

# The leader dies, at once and whole. Its lease has its time, and once more with the next leader.
victims="$(filesystem_of "$leader") $(etcd_of "$leader")"
freeze "${PIDS[leader]}"
kill -KILL $victims "${PIDS[leader]}"
for pid in $victims "${PIDS[leader]}"; do
	wait_until "the end of process $pid" is_gone "$pid"
done
wait "${PIDS[leader]}" 2>/dev/null || true
end_holder
wait_until "another leader" is_led "$first" "$second"
wait_until "the end of its file" in_member "$first" '[ ! -e dies ]'
wait_until "on the other, too" in_member "$second" '[ ! -e dies ]'
equal "the other's stays" text "$(in_member "$first" 'cat stays')"
equal "a time goes on" v "$(in_member "$second" 'cat long')"
wait_until "the end of a time" test -e "$DIR/lived"
wait_until "it is written" grep -q . "$DIR/lived"
equal "it lived" "long enough" "$(cat "$DIR/lived")"

# It comes back, and makes it anew.
start_members "$leader" -o lock-ttl=3
hold_file "${MNTS[$leader]}" .etcd/ephemeral/dies again
equal "seen by the others" again "$(in_member "$first" 'cat dies')"
end_holder
wait_until "its end" in_member "$first" '[ ! -e dies ]'
HOLDER=$stays end_holder
wait_until "the other's end" in_member "$first" '[ ! -e stays ]'
