#!/bin/bash
# consistency=cached: a listing of many names that others change meanwhile has each name that stays once.
# Statements: 224, 225.
CONSISTENCY=cached . "$(dirname "$0")/listing.sh"
