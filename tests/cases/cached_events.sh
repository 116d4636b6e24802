#!/bin/bash
# consistency=cached: a program that reads again on an event sees that change, while others look at the same names.
# Statements: 75, 87.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/events.sh"

start_mount -o consistency=cached
in_mount 'mkdir d; echo 0 >d/count'

# Whatever is there, or is not, is looked up at any moment, so that the kernel may keep it.
cat >"$DIR/looker.py" <<'PYTHON'
import os, sys, time
os.chdir(os.environ["MNT"] + "/d")
names = ["count"] + [f"{kind}-{i}" for i in range(70) for kind in ("new", "dir")]
while not os.path.exists(sys.argv[1]):
    for name in names:
        os.path.exists(name)
        os.path.exists(name + "/key")
        time.sleep(0.0002)
PYTHON
timeout -k 5 250 python3 "$DIR/looker.py" "$DIR/end" &
looker=$!
check "what is read on an event" timeout -k 5 240 python3 -B "$TOP/tests/lib/readable.py" "$RUN" 100
touch "$DIR/end"
wait "$looker"

# Every kind of event, with what was kept before: none is missing, none is made of what we do.
requires "needs inotify-tools" command -v inotifywait
in_mount 'mkdir w w/old; echo x >w/file; stat w/file w/old; [ ! -e w/new ]' >/dev/null
FENCES_IN=w/
watch w "$MNT/w"
step w "a new key" "$(created w/new)" ctl put w/new 1
step w "a new value" "$(changed w/file)" ctl put w/file 2
in_mount 'stat w/new w/file >/dev/null'
step w "a key that goes" "DELETE w/new " ctl del w/new
in_mount '[ ! -e w/new ]'
step w "and is made again" "$(created w/new)" ctl put w/new 2
in_mount 'stat w/new >/dev/null'
step w "a file that becomes a directory" "DELETE w/new CREATE,ISDIR w/new " \
	ctl txn <<<$'\ndel w/new\nput w/new/key 1\n\n'
in_mount 'stat w/new/key >/dev/null'
step w "and a file again" "(DELETE_SELF w/new/ )?DELETE,ISDIR w/new (DELETE_SELF w/new/ )?$(created w/new)" \
	ctl txn <<<$'\ndel w/new/key\nput w/new 1\n\n'
step w "one's own" "CREATE w/own MODIFY w/own CLOSE_WRITE w/own MOVED_FROM w/own MOVED_TO w/own2 DELETE w/own2 " \
	in_mount 'echo x >w/own; stat w/own >/dev/null; mv w/own w/own2; rm w/own2'
