#!/bin/bash
# cat, stat and ls see what etcdctl has put before them: 500 times, never once stale.
# Statements: 22.
WATCHDOG=${WATCHDOG:-440} LIMIT=${LIMIT:-400} # etcdctl is started 500 times
. "$(dirname "$0")/../lib/case.sh"

start_mount

export ENDPOINT="unix://$RUN/client:0"
in_mount 'python3 -' <<'PYTHON'
import os, subprocess

command = ["etcdctl", "--endpoints=" + os.environ["ENDPOINT"]]
names = set()
for i in range(250):
    value = b"x" * (i % 50) + b"%d" % i
    subprocess.run(command + ["put", "key"], input=value, check=True, stdout=subprocess.DEVNULL)
    if i % 2:
        with open("key", "rb") as file:
            assert file.read() == value, f"stale cat in round {i}"
    else:
        assert os.stat("key").st_size == len(value), f"stale stat in round {i}"
for i in range(250):
    if i % 2 == 0:
        name = f"name-{i}"
        try:
            os.stat(name)
            raise SystemExit(f"{name} is there too early")
        except FileNotFoundError:
            pass
        subprocess.run(command + ["put", name, ""], check=True, stdout=subprocess.DEVNULL)
        names.add(name)
        if i % 4:
            assert name in os.listdir("."), f"stale ls in round {i}"
        else:
            os.stat(name)
    else:
        name = f"name-{i - 1}"
        subprocess.run(command + ["del", name], check=True, stdout=subprocess.DEVNULL)
        assert name not in os.listdir("."), f"{name} was removed, and is listed"
PYTHON
