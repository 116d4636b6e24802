#!/bin/bash
# O_EXCL creates once: set -C refuses a file that exists, and of many callers at once one succeeds.
# Statements: 17.
. "$(dirname "$0")/../lib/case.sh"

start_mount

fails "set -C over a file" "cannot overwrite" in_mount 'echo 1 >key; set -C; echo 2 >key'
equal "untouched" 1 "$(in_mount 'cat key')"
ctl put elsewhere x >/dev/null
python='import os
os.close(os.open("elsewhere", os.O_WRONLY | os.O_CREAT | os.O_EXCL))'
fails "a key put elsewhere" "FileExistsError" in_mount 'python3 -c "$1"' "$python"
in_mount 'for i in {1..40}; do
	(set -C; echo $i >once) 2>/dev/null && echo $i >>$DIR/won &
done; wait'
equal "winners" 1 "$(wc -l <"$DIR/won")"
equal "the winner's value" "$(cat "$DIR/won")" "$(in_mount 'cat once')"
in_mount 'for i in {1..40}; do mkdir dir 2>/dev/null && echo $i >>$DIR/made & done; wait'
equal "mkdir: winners" 1 "$(wc -l <"$DIR/made")"
