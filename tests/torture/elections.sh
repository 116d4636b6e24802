#!/bin/bash
# Racers for files and directories on three members.
export ROUNDS=$(($1 + 10)) SEED=$2
exec "$(dirname "$0")/../cases/elect_three.sh"
