#!/bin/bash
# Files that end at a time, with consistency=cached.
# Statements: 437-441.
OPTIONS="-o consistency=cached"
. "$(dirname "$0")/ttl.sh"
