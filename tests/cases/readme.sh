#!/bin/bash
# Every command block of README.md runs as it stands, in its order, and shows what README.md says.
WATCHDOG=700 LIMIT=680
. "$(dirname "$0")/../lib/case.sh"

requires "needs namespaces, and so root" unshare -mn true

# The commands are indented by four spaces and begin with '$ '; what follows is what they show.
cat >"$DIR/follow.py" <<'PYTHON'
import os, re, subprocess, sys, time

readme, top = sys.argv[1:]
steps = []
shows = False
for line in open(readme):
    if line.startswith("    $ "):
        steps.append([line[6:].rstrip("\n"), []])
        shows = True
    elif line.startswith("    ") and shows:
        steps[-1][1].append(line[4:].rstrip("\n"))
    elif line.strip():
        shows = False
if len(steps) < 8:
    sys.exit(f"only {len(steps)} commands in {readme}: are they written '    $ command'?")

def run(command):
    return subprocess.run(["bash", "-c", command], cwd=top, text=True, timeout=600,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

for command, shown in steps:
    # An event that is just being made keeps the mount busy; and etcd is late on a busy machine.
    for _ in range(600):
        done = run(command)
        late = command.endswith("/.role") and done.stdout in ("offline\n", "candidate\n")
        if not late and "target is busy" not in done.stdout:
            break
        time.sleep(0.05)
    if done.returncode:
        sys.exit(f"'{command}': status {done.returncode}: {done.stdout}")
    said = done.stdout.rstrip("\n").split("\n") if done.stdout.strip() else []
    if shown and shown != ["..."] and said != shown:
        sys.exit(f"'{command}': the README shows {shown}, it says {said}")
    print("ok:", command)
PYTHON

# A machine of its own: nothing at /mnt, no data, no run directory, all ports free. All of it ends with the case.
# (/run as a whole: a mount on /run/etcdfs ends when somebody outside removes that directory.)
# What the README starts is found again, and ended, by CASE_MARK.
limit unshare -mn sh -c '
	set -e
	ip link set lo up
	mkdir -p /var/lib/etcdfs
	for directory in /mnt /run /var/lib/etcdfs; do
		mount -t tmpfs -o mode=755 none "$directory"
	done
	exec python3 "$DIR/follow.py" "$1/README.md" "$1"' sh "$TOP" >"$DIR/out" 2>&1 ||
	die "$(cat "$DIR/out")"
wait_until "the end of all" none_marked
