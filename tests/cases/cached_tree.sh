#!/bin/bash
# consistency=cached on both nodes: a program that follows the events on B ends with the tree that A made.
# Statements: 85, 87.
CONSISTENCY=cached . "$(dirname "$0")/inotify_tree.sh"
