#!/bin/bash
# The private etcd listens on no TCP port, and only its user can use its directories.
# Statements: 45.
. "$(dirname "$0")/../lib/case.sh"

start_mount

etcd=$(etcd_pid)
python='import os, re, sys
sockets = set()
for fd in os.listdir(f"/proc/{sys.argv[1]}/fd"):
    try:
        match = re.match(r"socket:\[(\d+)\]", os.readlink(f"/proc/{sys.argv[1]}/fd/{fd}"))
    except OSError:
        continue
    if match:
        sockets.add(match.group(1))
assert sockets, "no sockets at all: not an etcd?"
for table in "tcp", "tcp6", "udp", "udp6":
    for line in open(f"/proc/{sys.argv[1]}/net/{table}").readlines()[1:]:
        if line.split()[9] in sockets:
            sys.exit(f"{table}: {line}")'
python3 -c "$python" "$etcd" || die "etcd has a network socket"

for directory in "$RUN" "$DATA"; do
	equal "mode of $directory" 700 "$(stat -c %a "$directory")"
done
for socket in $(find "$RUN" -type s); do
	equal "the owner of $socket" "$(id -u)" "$(stat -c %u "$socket")"
done
[ -S "$RUN/client:0" ] || die "no client socket in $RUN: $(ls "$RUN")"

# Nothing that etcdfs holds leaks into what it starts.
equal "/dev/fuse in etcd" 0 "$(find "/proc/$etcd/fd" -lname '/dev/fuse' | wc -l)"
