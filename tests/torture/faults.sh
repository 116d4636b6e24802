#!/bin/bash
# The model, several processes at once, while etcd is killed again and again.
export MODEL_LIMIT=$(($1 + 300))
exec "$(dirname "$0")/../model/run" --faults --seed "$2" --random 1000 --rounds 50 --seconds "$1"
