"""A quick client of etcd's JSON gateway on its private socket: for tests that make many changes.

As a program it does the lines of stdin: `put KEY VALUE`, `del KEY`, `txn KEY=VALUE...` (no VALUE
deletes), and `storm PREFIX NAMES COUNT [BYTES]` (COUNT puts of 1, 2, ... to NAMES keys in turn,
with spaces up to BYTES).
"""
import base64
import http.client
import json
import os
import socket
import sys


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        # A path through /proc/self/fd: that of a socket has 107 bytes at most.
        directory = os.open(os.path.dirname(self.path), os.O_PATH)
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(f"/proc/self/fd/{directory}/{os.path.basename(self.path)}")
        os.close(directory)


def b64(text):
    return base64.b64encode(text if isinstance(text, bytes) else str(text).encode()).decode()


class KV:
    def __init__(self, run):
        self.connection = UnixConnection(run + "/client:0")

    def ask(self, path, body):
        self.connection.request("POST", path, json.dumps(body))
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise OSError(f"{path}: {answer.status} {text!r}")
        return json.loads(text)

    def call(self, name, body):
        return self.ask("/v3/kv/" + name, body)

    def put(self, key, value):
        return self.call("put", {"key": b64(key), "value": b64(value)})

    def delete(self, key):
        return self.call("deleterange", {"key": b64(key)})

    def all(self):
        """Every key with its value, as bytes."""
        found = self.call("range", {"key": b64(b"\0"), "range_end": b64(b"\0")}).get("kvs", [])
        return {base64.b64decode(kv["key"]): base64.b64decode(kv.get("value", ""))
                for kv in found}

    def txn(self, changes):
        """changes: (key, value), or (key, None) to delete; one revision."""
        return self.call("txn", {"success": [operation(*change) for change in changes]})


def operation(key, value):
    if value is None:
        return {"requestDeleteRange": {"key": b64(key)}}
    return {"requestPut": {"key": b64(key), "value": b64(value)}}


def storm(kv, prefix, names, count, size=0):
    for i in range(int(count)):
        kv.put(f"{prefix}{i % int(names)}", str(i + 1).ljust(int(size)))


def change_of(word):
    key, equals, value = word.partition("=")
    return key, value if equals else None


def main():
    kv = KV(sys.argv[1])
    for line in sys.stdin:
        what, *words = line.split()
        if what == "put":
            kv.put(*words)
        elif what == "del":
            kv.delete(*words)
        elif what == "txn":
            kv.txn([change_of(word) for word in words])
        elif what == "storm":
            storm(kv, *words)
        else:
            sys.exit("no such command: " + what)


if __name__ == "__main__":
    main()
