#!/bin/bash
# A key that others write into a directory while it is renamed is in exactly one place afterwards.
# Statements: 13, 24, 211.
. "$(dirname "$0")/../lib/case.sh"
# shellcheck source=tests/lib/second.sh
. "$TOP/tests/lib/second.sh"

allow_log "no endpoint of etcd answers" # of the second mount, as "does not answer" of the first
start_mount -o timeout=30 # for a machine that is slow
start_second -o timeout=30
export RENAME=$TOP/tests/lib/rename.py

# --- At the same moment: etcd stands still while all are on their way to it, and takes them in any order ---
cat >"$DIR/moment.py" <<'END'
import os, signal, subprocess, sys, threading, time
sys.path.insert(0, os.path.dirname(os.environ["RENAME"]))
from freeze import freeze
etcd, here, there = int(sys.argv[1]), os.environ["MNT"], os.environ["MNT_B"]

def put(path, text, flags):
    file = os.open(path, os.O_WRONLY | flags)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)

def run(told, what, *call):
    try:
        call[0](*call[1:])
        told[what] = True
    except FileNotFoundError:
        told[what] = False
    except OSError as problem:
        told[what] = problem

def values(name):
    """Where the key is, asked of etcd itself."""
    client = ["etcdctl", "--endpoints=unix://" + os.environ["SOCKET"], "get", "--print-value-only"]
    found = {d: subprocess.run(client + [f"{d}/{name}"], capture_output=True, check=True).stdout
             for d in ("m1", "m2")}
    return {d: text.decode().strip() for d, text in found.items() if text}

os.mkdir(here + "/m1")
at, to = "m1", "m2"
for i in range(30):
    for name in ("removed", "changed"):
        put(f"{here}/{at}/{name}-{i}", "old", os.O_CREAT)
    os.listdir(f"{there}/{at}")
    told = {}
    # One at a time: each has to be found by itself.
    other = (
        ("removed", os.unlink, f"{there}/{at}/removed-{i}"),
        ("changed", put, f"{there}/{at}/changed-{i}", "new", os.O_TRUNC),
        ("made", put, f"{there}/{at}/made-{i}", "new", os.O_CREAT))[i % 3]
    threads = [threading.Thread(target=run, args=(told,) + call) for call in (
        other, ("rename", os.rename, f"{here}/{at}", f"{here}/{to}"))]
    freeze(etcd)
    for thread in threads if i % 6 < 4 else threads[::-1]:
        thread.start()
        time.sleep(0.05)
    os.kill(etcd, signal.SIGCONT)
    for thread in threads:
        thread.join()
    found = {what: values(f"{what}-{i}") for what in ("removed", "changed", "made")}
    print(told, found, flush=True)
    if told["rename"] is True:
        at, to = to, at
    if told.get("removed") is True and found["removed"]:
        sys.exit("removed, and there again")
    if told.get("changed") is True and list(found["changed"].values()) != ["new"]:
        sys.exit("the change is lost")
    if told.get("made") is True and list(found["made"].values()) != ["new"]:
        sys.exit("what was made is lost")
    if max(len(places) for places in found.values()) > 1:
        sys.exit("in two places")
    for name in os.listdir(here): # a name that was made anew behind the rename
        if name == to and os.path.isdir(f"{here}/{to}"):
            subprocess.run(["rm", "-r", f"{here}/{to}"], check=True)
END
SOCKET=$RUN/client:0 check "changes at the same moment" timeout -k 5 300 \
	python3 -B "$DIR/moment.py" "$(etcd_pid)" >"$DIR/moments"
equal "renames that were done" 30 "$(grep -c "'rename': True" "$DIR/moments")"

# --- At random ---
# On the second mount: makes files in d, removes some, changes others, until told to end; its last
# line for each name is what it was told: the value, "-" for one that it has removed, "?" where it
# does not know.
cat >"$DIR/writer.py" <<'END'
import errno, os, random, sys
me, dice, known, there = sys.argv[1], random.Random(int(sys.argv[2])), {}, []
NOTHING = (errno.ENOENT, errno.ESTALE)

def say(name, value):
    known[name] = value
    print(name, value, flush=True)

def write(name, value, flags):
    try:
        file = os.open("d/" + name, flags)
        try:
            os.write(file, value.encode())
        finally:
            os.close(file)
    except OSError as problem:
        if problem.errno == errno.ETIMEDOUT:
            say(name, "?")
        elif problem.errno not in NOTHING:
            raise
        return False
    say(name, value)
    return True

def make(name, value):
    try:
        os.mkdir("d")
    except (FileExistsError, TimeoutError): # made, and renamed before the answer: not known
        pass
    # Made and not filled yet is a file, perhaps in another directory by now.
    say(name, "?")
    return write(name, value, os.O_WRONLY | os.O_CREAT | os.O_EXCL)

def remove(name):
    try:
        os.unlink("d/" + name)
    except OSError as problem:
        if problem.errno == errno.ETIMEDOUT:
            say(name, "?")
        elif problem.errno not in NOTHING:
            raise
        return
    say(name, "-")

count = 0
while not os.path.exists(os.environ["DIR"] + "/over"):
    count += 1
    name = f"{me}-{count}"
    if make(name, str(count)):
        there.append(name)
    name = dice.choice(there[-8:] or [name])
    if known.get(name) in (None, "-"):
        continue
    if dice.random() < 0.3:
        remove(name)
    elif known[name] != "?":
        write(name, f"{known[name]}+{count}", os.O_WRONLY | os.O_TRUNC)
END

# On the first: gives d another name again and again, and now and then the other way round.
cat >"$DIR/renamer.py" <<'END'
import errno, os, sys
sys.path.insert(0, os.path.dirname(os.environ["RENAME"]))
from rename import rename
done = tries = 0
while done < 60:
    tries += 1
    try:
        if done % 3 == 2:
            rename("d", f"d-{done - 1}", "exchange")
        else:
            rename("d", f"d-{done}")
    except OSError as problem:
        if problem.errno != errno.ENOENT:
            raise
        continue
    done += 1
print(done, "of", tries)
END

SEED=${SEED:-$RANDOM}
in_mount 'mkdir d'
writers=()
for i in 1 2 3; do
	LIMIT=300 in_second 'python3 "$DIR/writer.py" "$@"' "w$i" "$SEED$i" >"$DIR/told-$i" &
	writers+=($!)
done
# etcd's own client as well, which knows of no directory.
while [ ! -e "$DIR/over" ]; do
	count=$((${count:-0} + 1))
	ctl put "d/ctl-$count" "$count" >/dev/null && echo "ctl-$count $count"
done >"$DIR/told-4" &
writers+=($!)
say "SEED=$SEED"
renames=$(LIMIT=300 in_mount 'python3 "$DIR/renamer.py"')
say "$renames"
touch "$DIR/over"
for writer in "${writers[@]}"; do
	check "a writer" wait "$writer"
done
check "they wrote" test "$(cat "$DIR"/told-* | wc -l)" -gt 100

# Every name: told to be there, then once and with that value; told to be gone, then nowhere.
ctl get --prefix d -w json | python3 -c '
import base64, json, os, sys
text = lambda kv, what: base64.b64decode(kv.get(what, "")).decode()
places, told = {}, {}
for kv in json.load(sys.stdin)["kvs"]:
    directory, name = text(kv, "key").split("/")
    places.setdefault(name, []).append((directory, text(kv, "value")))
for i in range(1, 5):
    for line in open(f"{sys.argv[1]}/told-{i}"):
        name, value = line.split()
        told[name] = value
wrong = []
for name, value in told.items():
    values = [v for _, v in places.get(name, [])]
    if value != "?" and values != ([] if value == "-" else [value]):
        wrong.append(f"{name}: told {value}, is {places.get(name)}")
    if len(values) > 1:
        wrong.append(f"{name}: twice: {places[name]}")
sys.exit("\n".join(wrong) or None)' "$DIR" || die "lost, or twice"
equal "both mounts show the same" "$(in_mount 'find . -path "./d*" | sort | sha256sum')" \
	"$(in_second 'find . -path "./d*" | sort | sha256sum')"
