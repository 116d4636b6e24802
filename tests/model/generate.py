"""Random operations: few names and few directories, so that they meet."""
from keyspace import EMPTY, VALUE, Tree

NAMES = ["a", "b", "c"]
ODD_NAMES = ["a.x", VALUE, EMPTY]
FLAGS = ["r", "r", "w", "rw", "rw", "w,trunc", "rw,trunc", "w,append", "rw,append",
         "w,creat", "rw,creat", "w,creat,trunc", "w,creat,excl", "rw,creat,excl", "rw,creat,append",
         "w,creat,trunc,append", "r,trunc", "w,sync", "rw,append,dsync", "w,trunc,dsync"]


class Generator:
    def __init__(self, dice, model, workers, mounts):
        self.dice, self.model = dice, model
        self.workers, self.mounts = workers, mounts
        self.slots = 0

    def name(self):
        return self.dice.choice(NAMES if self.dice.random() < 0.9 else ODD_NAMES)

    def some_path(self):
        depth = self.dice.choice([1, 1, 2, 2, 3])
        return "/".join(self.name() for _ in range(depth))

    def path(self, files=True):
        """More often than not something that is there."""
        tree = Tree(self.model.keys_on(self.dice.choice(self.mounts)))
        there = sorted(tree.files if files else tree.directories - {""})
        there = [path for path in there if not files or tree.is_seen(path)]
        if there and self.dice.random() < 0.65:
            return self.dice.choice(there)
        return self.some_path()

    def any_path(self):
        return self.path(self.dice.random() < 0.7)

    def key(self):
        """As an etcd client would have it: also beside a directory, a marker, two slashes."""
        there = sorted(self.model.keys)
        if there and self.dice.random() < 0.5:
            return self.dice.choice(there)
        key = "/".join(self.dice.choice(NAMES) for _ in range(self.dice.choice([1, 2, 2, 3])))
        return self.dice.choice([key] * 12 + [key + "/", key + "//a", "/" + key])

    def text(self):
        self.slots += 1
        return f"<{self.slots}>"[:self.dice.choice([1, 3, 9])] * self.dice.choice([1, 1, 1, 2])

    def data(self):
        return "" if self.dice.random() < 0.15 else self.text()

    def offset(self):
        return str(self.dice.choice([0, 0, 1, 2, 3, 5, 9]))

    def by_a_worker(self, name, *arguments):
        worker = self.dice.choice(self.workers)
        return (worker, self.dice.choice(self.mounts), name, *arguments)

    def on_a_file(self, name, *arguments):
        if not self.model.files:
            return self.op_open()
        slot = self.dice.choice(sorted(self.model.files))
        file = self.model.files[slot]
        return (file.worker, file.mount, name, slot, *arguments)

    def next(self):
        return getattr(self, self.dice.choices(KINDS, WEIGHTS)[0])()

    def op_open(self):
        if len(self.model.files) > 8:
            return self.op_close()
        self.slots += 1
        return self.by_a_worker("open", f"f{self.slots}", self.path(), self.dice.choice(FLAGS))

    def op_pread(self):
        return self.on_a_file("pread", str(self.dice.choice([2, 64, 64])), self.offset())

    def op_pwrite(self):
        far = self.dice.random() < 0.02
        return self.on_a_file("pwrite", "1600000" if far else self.offset(), self.text())

    def op_ftruncate(self):
        return self.on_a_file("ftruncate", self.offset())

    def op_fstat(self):
        return self.on_a_file("fstat")

    def op_fsync(self):
        return self.on_a_file("fsync")

    def op_close(self):
        return self.on_a_file("close")

    def op_stat(self):
        return self.by_a_worker("stat", self.any_path())

    def op_listdir(self):
        return self.by_a_worker("listdir", "" if self.dice.random() < 0.3 else self.path(False))

    def op_getxattr(self):
        name = self.dice.choice(["key", "mod_revision", "create_revision", "version", "lease"])
        return self.by_a_worker("getxattr", self.any_path(), name)

    def op_expect(self):
        return self.by_a_worker("expect", self.path(), self.dice.choice("001"), self.data())

    def op_truncate(self):
        return self.by_a_worker("truncate", self.any_path(), self.offset())

    def op_touch(self):
        return self.by_a_worker("touch", self.any_path())

    def op_mkdir(self):
        return self.by_a_worker("mkdir", self.any_path())

    def op_unlink(self):
        return self.by_a_worker("unlink", self.any_path())

    def op_rmdir(self):
        return self.by_a_worker("rmdir", self.any_path())

    def op_rename(self):
        flag = self.dice.choice([[]] * 6 + [["noreplace"], ["exchange"], ["exchange"]])
        return self.by_a_worker("rename", self.any_path(), self.any_path(), *flag)

    def op_etcd_put(self):
        lease = ["1"] if self.dice.random() < 0.1 else []
        return ("-", "-", "put", self.key(), self.data(), *lease)

    def op_etcd_delete(self):
        return ("-", "-", "delete", self.key())

    def op_etcd_delete_below(self):
        return ("-", "-", "delete_below", self.key())

    def op_etcd_replace(self):
        old, new = self.key(), self.key()
        return ("-", "-", "replace", old, new if new != old else new + ".x", self.data())


CHOICES = {"open": 14, "pread": 10, "pwrite": 10, "ftruncate": 3, "fstat": 4, "fsync": 4,
           "close": 11, "stat": 6, "listdir": 5, "getxattr": 4, "expect": 3, "truncate": 3,
           "touch": 1, "mkdir": 5, "unlink": 7, "rmdir": 4, "rename": 8, "etcd_put": 8,
           "etcd_delete": 4, "etcd_delete_below": 1, "etcd_replace": 3}
KINDS = ["op_" + name for name in CHOICES]
WEIGHTS = list(CHOICES.values())
