#!/bin/bash
# A watcher follows another node's changes.
export LIMIT=$WATCHDOG CHANGES_MADE=$(($1 * 100)) SEED=$2
exec "$(dirname "$0")/../cases/inotify_tree.sh"
