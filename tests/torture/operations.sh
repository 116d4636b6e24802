#!/bin/bash
# The model, one operation at a time.
export MODEL_LIMIT=$(($1 + 300))
exec "$(dirname "$0")/../model/run" --seed "$2" --random 1000 --operations 4000 --seconds "$1"
