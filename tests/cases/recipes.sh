#!/bin/bash
# Every command of docs/recipes.md runs as it stands, in its order, and shows what the page says.
. "$(dirname "$0")/../lib/case.sh"
. "$(dirname "$0")/../lib/examples.sh"

mkdir "$DIR/bin"
ln -s "$(realpath "$ETCDFS")" "$DIR/bin/etcdfs"
PATH=$DIR/bin:$PATH
run_examples "$TOP/docs/recipes.md"
examples_ended
