#!/bin/bash
# Random changes on node A: a watcher on B that reads again what each event names ends with A's tree.
# Statements: 85.
WATCHDOG=${WATCHDOG:-500} LIMIT=${LIMIT:-300}
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/two.sh"
. "$TOP/tests/lib/events.sh"

# For the long run: CHANGES_MADE=100000 LIMIT=3600 WATCHDOG=3600 tests/cases/inotify_tree.sh
COUNT=${CHANGES_MADE:-2000}
SEED=${SEED:-$RANDOM}
say "$COUNT changes, seed $SEED"
allow_log "lost sight of etcd's changes"
# No election because the machine is slow: of what is under way in one nobody knows the end.
start_two -o "timeout=30,consistency=${CONSISTENCY:-linearizable}" \
	-e election-timeout=5000 -e heartbeat-interval=500
background follow env PYTHONPATH="$TOP/tests/lib" python3 -B "$TOP/tests/lib/follow.py" "$MNT_B" "$DIR/tree"
wait_until "the watcher" grep -q ready "$DIR/follow.events"
limit python3 -B "$TOP/tests/lib/churn.py" "$MNT" "$COUNT" "$SEED" "$DIR/tree" ||
	die "the changes, seed $SEED"
wait "$WATCHER" ||
	die "seed $SEED: the watcher has another tree: $(cat "$DIR/follow.events" "$DIR/follow.err")"
say "$(tail -n 1 "$DIR/follow.events")"
