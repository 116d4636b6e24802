#!/bin/bash
# Random operations, one at a time, on two mounts and by an etcd client: each result is the model's.
# Statements: 1, 3-9, 12-20, 22, 26, 28-30, 43, 60, 170, 171, 194, 195, 205, 206, 210, 212-214, 216, 218, 229, 233, 275.
set -- --seed 1 --seed 2 --seed 3 --operations 400 --seconds 20 # new seeds: tests/model/run
. "$(dirname "$0")/../model/run"
