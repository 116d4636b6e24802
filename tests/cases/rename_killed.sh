#!/bin/bash
# etcd is killed among renames of directories: each has happened as a whole or not at all, as its caller was told.
# Statements: 24, 25, 210, 214, 217.
. "$(dirname "$0")/../lib/case.sh"

expect_log etcd
start_mount
export RENAME=$TOP/tests/lib/rename.py

# A directory of 20 files is renamed to and fro, and changes places with one of 5. Who is told that it
# timed out goes on with new ones: it may happen yet. What became of each is judged at the end.
cat >"$DIR/renamer.py" <<'END'
import collections, errno, os, sys
sys.path.insert(0, os.path.dirname(os.environ["RENAME"]))
from rename import rename
FULL, OTHER = {"full": 20}, {"other": 5}
GONE = (errno.ETIMEDOUT, errno.ESTALE, errno.ENOTCONN)

def make(name, content):
    os.mkdir(name)
    for text, count in content.items():
        for i in range(count):
            with open(f"{name}/{i}", "w") as file:
                file.write(text)

def content(name):
    """What is in the directory: how many files of each text; None: there is none."""
    try:
        return dict(collections.Counter(open(f"{name}/{file}").read() for file in os.listdir(name)))
    except FileNotFoundError:
        return None

def judge(states, *allowed):
    found = {name: content(name) for name in states}
    if found not in allowed:
        sys.exit(f"half a rename, or lost: {found}, not one of {allowed}")

def over():
    return os.path.exists(os.environ["DIR"] + "/over")

unknown, counts, number = [], collections.Counter(), 0
while not over():
    number, made = number + 1, False
    state = {f"a{number}": FULL, f"b{number}": None, f"o{number}": OTHER}
    try:
        for name, files in state.items():
            if files:
                make(name, files)
        made = True
        for step in range(1000):
            if over():
                break
            full = next(name for name in state if state[name] == FULL)
            to = next(name for name in state if state[name] == (OTHER if step % 2 else None))
            after = {**state, full: state[to], to: FULL}
            try:
                rename(full, to, "exchange" if step % 2 else "")
            except OSError as problem:
                if problem.errno != errno.ETIMEDOUT:
                    raise
                unknown.append((state, after))
                counts["unknown"] += 1
                break
            state = after
            counts["done"] += 1
            judge(state, state)
            print(step, flush=True)
    except OSError as problem:
        if problem.errno not in GONE:
            raise
        if made:  # else they are there in part, and nothing of it was renamed
            unknown.append((state, state))
for state, after in unknown[-40:]:
    judge(state, state, after)
sys.exit(None if counts["done"] else "nothing was renamed")
END

LIMIT=300 in_mount 'python3 "$DIR/renamer.py"' >"$DIR/steps" &
renamer=$!
steps() { wc -l <"$DIR/steps"; }
has_gone_on() { is_gone "$renamer" || [ "$(steps)" -gt "$1" ]; }
for round in 1 2 3; do
	wait_until "renames" has_gone_on "$(($(steps) + round))"
	etcd=$(etcd_pid)
	kill -KILL "$etcd"
	wait_until "a new etcd" eval '[ -n "$(etcd_pid)" ] && [ "$(etcd_pid)" != "$etcd" ]'
	wait_until "the mount to work" in_mount "echo $round >after-$round"
done
wait_until "renames" has_gone_on "$(steps)"
touch "$DIR/over"
check "the renamer" wait "$renamer"
