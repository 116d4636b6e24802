#!/bin/bash
# Files that end with their descriptor, with consistency=cached.
# Statements: 430, 433-438.
OPTIONS="-o consistency=cached"
. "$(dirname "$0")/ephemeral.sh"
