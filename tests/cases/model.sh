#!/bin/bash
# Random operations, one at a time, on two mounts and by an etcd client: each result is the model's.
# Statements: 1, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 26, 28, 29, 30, 43, 170, 171.
set -- --seed 1 --seed 2 --seed 3 --random 2 --operations 400 --seconds 20
. "$(dirname "$0")/../model/run"
