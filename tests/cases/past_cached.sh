#!/bin/bash
# The past with consistency=cached.
# Statements: 385-389.
OPTIONS="-o consistency=cached"
. "$(dirname "$0")/past.sh"
