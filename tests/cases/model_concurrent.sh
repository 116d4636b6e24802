#!/bin/bash
# Random operations at once on two mounts and by an etcd client: some order explains all results.
# Statements: 2, 14, 15, 17-19, 22, 24, 60, 210, 211, 214, 219.
set -- --seed 1 --rounds 10 --seconds 20 # new seeds: tests/model/run
. "$(dirname "$0")/../model/run"
