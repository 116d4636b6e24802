#!/bin/bash
# rm -r against writers.
export LIMIT=$WATCHDOG SECONDS_LONG=$1 SEED=$2
exec "$(dirname "$0")/../cases/directory_rm.sh"
