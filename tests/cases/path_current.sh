#!/bin/bash
# A call that begins where the last one has ended (a descriptor of O_PATH) sees what was put between the two.
# Statements: 22.
. "$(dirname "$0")/../lib/case.sh"

start_mount -o allow_other
in_mount 'python3 -B - "$1"' "$RUN/client:0" <<'PYTHON'
import base64
import http.client
import json
import os
import socket
import sys

ROUNDS = 400


class Etcd(http.client.HTTPConnection):
    """Puts from this very thread, with nothing between the answer and the next call on the mount."""

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(sys.argv[1])

    def put(self, key, length):
        pair = {"key": key, "value": "x" * length}
        self.request("POST", "/v3/kv/put", json.dumps(
            {name: base64.b64encode(text.encode()).decode() for name, text in pair.items()}))
        answer = self.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()


def below(length):
    """Of a name in a directory that was opened with O_PATH."""
    directory = os.open("dir", os.O_PATH)
    etcd.put("dir/key", length)
    size = os.stat("key", dir_fd=directory).st_size
    os.close(directory)
    return size


def of_itself(length):
    file = os.open("dir/key", os.O_PATH)
    etcd.put("dir/key", length)
    size = os.fstat(file).st_size
    os.close(file)
    return size


etcd = Etcd("etcd")
etcd.put("dir/key", 1)
os.stat("dir/key")
for function in below, of_itself:
    stale = sum(function(i % 50 + 2) != i % 50 + 2 for i in range(ROUNDS))
    assert not stale, f"{function.__name__}: {stale} of {ROUNDS} are stale"
PYTHON
