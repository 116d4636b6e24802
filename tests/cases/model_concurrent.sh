#!/bin/bash
# Random operations at once on two mounts and by an etcd client: some order explains all results.
# Statements: 2, 14, 15, 17-19, 22, 24, 60, 210, 211, 214, 219.
set -- --seed 1 --random 2 --rounds 10 --seconds 20
. "$(dirname "$0")/../model/run"
