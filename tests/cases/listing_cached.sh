#!/bin/bash
# consistency=cached: a listing of many names, which others change meanwhile, has each that stays once.
# Statements: 224, 225.
CONSISTENCY=cached . "$(dirname "$0")/listing.sh"
