"""What an etcd client does to the keyspace, and what it sees of it."""
import base64
import http.client
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import kv  # noqa: E402
from keyspace import Value  # noqa: E402

EVERYTHING = {"key": kv.b64(b"\0"), "range_end": kv.b64(b"\0")}


def text(encoded):
    return base64.b64decode(encoded).decode("latin-1")


def put_of(key, data, lease=0):
    put = {"key": kv.b64(key), "value": kv.b64(data.encode("latin-1"))}
    return {**put, "lease": lease} if lease else put


def delete_of(key, end=None):
    return {"key": kv.b64(key), **({"range_end": kv.b64(end)} if end else {})}


class Etcd(kv.KV):
    def __init__(self, endpoint):
        self.connection = http.client.HTTPConnection(endpoint, timeout=60)
        self.lease = self.ask("/v3/lease/grant", {"TTL": 36000})["ID"]

    def delete_all(self):
        """Returns the revision after it."""
        self.call("deleterange", EVERYTHING)
        return self.everything()[0]

    def everything(self):
        """The revision, and all keys with their values."""
        answer = self.call("range", EVERYTHING)
        keys = {text(kv["key"]): self.value(kv) for kv in answer.get("kvs", [])}
        return int(answer["header"]["revision"]), keys

    def value(self, found):
        lease = found.get("lease", "0")
        return Value(text(found.get("value", "")), int(found["create_revision"]),
                     int(found["mod_revision"]), int(found["version"]),
                     1 if lease == self.lease else int(lease))

    def do(self, name, arguments):
        return getattr(self, "do_" + name)(*arguments)

    def do_put(self, key, data, lease="0"):
        self.call("put", put_of(key, data, self.lease if lease != "0" else 0))
        return "done"

    def do_delete(self, *keys):
        self.call("txn", {"success": [{"requestDeleteRange": delete_of(key)} for key in keys]})
        return "done"

    def do_delete_below(self, directory):
        self.call("deleterange", delete_of(directory + "/", directory + "0"))
        return "done"

    def do_replace(self, old, key, data):
        self.call("txn", {"success": [{"requestPut": put_of(key, data)},
                                      {"requestDeleteRange": delete_of(old)}]})
        return "done"

    def do_get(self, key):
        """The concurrent mode's: the value, or ENOENT."""
        kvs = self.call("range", {"key": kv.b64(key)}).get("kvs")
        return text(kvs[0].get("value", "")) if kvs else "ENOENT"
