"""The naive model of two mounts: open files, snapshots and what is published when.

step() does one operation and returns what it must give: a value, or the name of an errno. None: it
means nothing here (its file is not open), and is left out.
"""
import keyspace
from keyspace import Refused, Tree, Value

MAX_VALUE = 1572864 - 16384  # 12


class Node:
    """What an open file is open on: one life of one key under one name, on one mount."""

    def __init__(self, seen):
        self.key = self.data = None  # the latter when it was last there
        self.seen = seen
        self.draft = False  # of its mount alone: no key has it yet
        self.dead = False
        self.unlinked_here = False
        self.last_written = None  # by this open file, and none has been published or closed since


class File:
    def __init__(self, worker, mount, node, flags, data):
        self.worker, self.mount, self.node = worker, mount, node
        self.readable = "w" not in flags
        self.writable = "r" not in flags
        self.append = "append" in flags
        self.sync = "sync" in flags or "dsync" in flags
        self.base = data
        self.cut = [("truncate", 0)] if "trunc" in flags else []  # until it is published
        self.edits = list(self.cut)
        self.written = False  # by more than the O_TRUNC of the open
        self.made = False  # the file, which may have no key yet
        self.spoiled = False
        self.served = False

    def content(self):
        return edited(self.base, self.edits)


def edited(data, edits):
    for what, at, *text in edits:
        if what == "truncate":
            data = data[:at].ljust(at, "\0")
        elif what == "append":
            data += text[0]
        else:
            data = data[:at].ljust(at, "\0") + text[0] + data[at + len(text[0]):]
    return data


def kinds(keys):
    tree = Tree(keys)
    return {(path, "directory") for path in tree.directories} | {(path, "file")
                                                                 for path in tree.files}


def source_of(path, moved):
    """Where what is at @path now was before a rename: @moved has each new path with the old."""
    for new, old in moved.items():
        if (path + "/").startswith(new + "/"):
            return old + path[len(new):]
    return path


def target_of(path, moved):
    """Where what was at @path before a rename is now."""
    return source_of(path, {old: new for new, old in moved.items()})


class Model:
    def __init__(self, mounts, revision):
        self.keys = {}
        self.revision = revision
        self.files = {}  # by slot
        self.nodes = {mount: {} for mount in mounts}  # path to node
        self.gone = {mount: set() for mount in mounts}  # by others, since the last barrier there

    # --- One transaction -------------------------------------------------------------------------

    def commit(self, change, by=None, moved=None):
        """@by: the mount that does it. @moved: the new path of what is renamed, and its old."""
        if change is None:
            return
        deletes = [key for key in change.deletes if key in self.keys]
        if not deletes and not change.puts:
            return
        self.revision += 1
        before = kinds(self.keys)
        drafts = {mount: [(path, node) for path, node in nodes.items() if node.draft]
                  for mount, nodes in self.nodes.items()}
        for key in deletes:
            if key not in change.puts:
                del self.keys[key]
        for key, (data, lease) in change.puts.items():
            old = self.keys.get(key, Value("", self.revision, 0, 0, 0))
            self.keys[key] = Value(data, old.create, self.revision, old.version + 1, lease)
        for mount in self.nodes:
            self.follow(mount, moved if moved and mount == by else {}, mount == by)
            if mount != by:
                self.gone[mount].update(path for path, kind in before - kinds(self.keys))
                self.gone[mount].update(path for path, node in drafts[mount] if node.dead)

    def follow(self, mount, moved, here):
        """The nodes of one mount after a change; those of other lives are dead."""
        old, new = self.nodes[mount], {}
        tree = Tree(self.keys)
        for path, key in tree.files.items():
            node = old.get(source_of(path, moved))
            if not node or node.seen != tree.is_seen(path):
                node = Node(tree.is_seen(path))
            new[path] = node
            if node.data != self.keys[key].data:
                node.last_written = None
            node.key, node.data = key, self.keys[key].data
        for path, node in old.items():
            path = target_of(path, moved)
            if node.draft and node not in new.values() and path not in new \
                    and tree.is_directory(keyspace.parent_of(path)) and not tree.is_there(path):
                node.key = keyspace.key_of(path)
                new[path] = node
        for node in set(old.values()) - set(new.values()):
            node.dead = True
            node.unlinked_here = here
        for path, node in new.items():
            node.draft &= path not in tree.files
        self.nodes[mount] = new

    def keys_on(self, mount):
        """The keys, and those that files of this mount alone will have (292)."""
        drafts = {node.key: Value("", 0, 0, 0, 0) for node in self.nodes[mount].values()
                  if node.draft}
        return {**self.keys, **drafts}

    def draft_at(self, mount, path):
        node = self.nodes[mount].get(path)
        return node if node and node.draft else None

    def forget(self, mount, draft):
        self.nodes[mount] = {path: node for path, node in self.nodes[mount].items()
                             if node is not draft}
        draft.dead, draft.draft = True, False

    def need(self, mount, *paths):
        """Drafts that are renamed get their keys first."""
        for path in paths:
            if self.draft_at(mount, path):
                self.commit(keyspace.create(self.keys, path), mount)

    def is_flipped(self, file):
        """The key is there, but under another name, since it has become a directory or is none
        any more. A mount that has not seen that yet may still publish."""
        return file.node.dead and file.node.key in self.keys

    # --- Names -----------------------------------------------------------------------------------

    def step(self, operation):
        worker, mount, name, *arguments = operation
        try:
            if mount == "-":
                return getattr(self, "etcd_" + name)(*arguments)
            if name == "stat":
                return self.stat(worker, mount, *arguments)
            if name in ("listdir", "getxattr", "expect", "truncate", "touch", "mkdir",
                        "unlink", "rmdir", "rename"):
                return getattr(self, name)(mount, *arguments)
            if name == "open":
                return self.open(worker, mount, *arguments)
            file = self.files.get(arguments[0])
            return getattr(self, name)(file, *arguments[1:]) if file else None
        except Refused as refused:
            return str(refused)

    def sizes(self, mount, node):
        """What stat may say: of a file written to here, what is not published counts."""
        dirty = [file for file in self.files.values()
                 if file.mount == mount and file.node is node and file.edits]
        sizes = {len(file.content()) for file in dirty}
        if len(dirty) == 1 and dirty[0] is node.last_written and not node.dead:
            return sizes
        return sizes | {len(node.data)}

    def stat(self, worker, mount, path):
        tree = Tree(self.keys_on(mount))
        if tree.find(path) is None:
            return ["directory", tree.links(path), {0}]
        node = self.nodes[mount][path]
        return ["file", 1, self.told(worker, mount, node) or self.sizes(mount, node)]

    def listdir(self, mount, path):
        tree = Tree(self.keys_on(mount))
        if path and tree.find(path) is not None:
            raise Refused("ENOTDIR")
        return sorted(tree.names(path) + ([] if path else [".role"]))

    def getxattr(self, mount, path, name):
        tree = Tree(self.keys_on(mount))
        key = tree.find(path)
        if key is None:
            if name != "key":
                raise Refused("ENODATA")
            return keyspace.marker_of(path)
        value = tree.keys[key]
        text = {"key": key, "mod_revision": value.mod, "create_revision": value.create,
                "version": value.version, "lease": value.lease}[name]
        if text == 0:
            raise Refused("ENODATA")
        return str(text)

    def expect(self, mount, path, behind, data):
        """Sets user.etcd.expect.REV, REV being the key's mod_revision less @behind (171)."""
        key = Tree(self.keys_on(mount)).find_file(path)
        if int(behind) or self.draft_at(mount, path):
            raise Refused("ECANCELED")
        self.commit(keyspace.Change({key: (data, self.keys[key].lease)}, []))
        return "done"

    def expected_revision(self, path, behind):
        key = Tree(self.keys).file(path)
        return max(1, (self.keys[key].mod if key is not None else self.revision) - int(behind))

    def truncate(self, mount, path, size):
        keys = self.keys_on(mount)
        key = Tree(keys).find_file(path)
        if int(size) > MAX_VALUE:
            raise Refused("EFBIG")
        self.nodes[mount][path].last_written = None
        data = edited(keys[key].data, [("truncate", int(size))])
        self.commit(keyspace.Change({key: (data, keys[key].lease)}, []))
        return "done"

    def touch(self, mount, path):
        """chmod and utimens: accepted, and nothing changes (43)."""
        Tree(self.keys_on(mount)).find(path)
        return "done"

    def mkdir(self, mount, path):
        self.commit(keyspace.mkdir(self.keys_on(mount), path), mount)
        return "done"

    def unlink(self, mount, path):
        Tree(self.keys_on(mount)).find_file(path)
        draft = self.draft_at(mount, path)
        if draft:
            self.forget(mount, draft)
            draft.unlinked_here = True
        else:
            self.commit(keyspace.unlink(self.keys, path), mount)
        return "done"

    def rmdir(self, mount, path):
        keyspace.rmdir(self.keys_on(mount), path)  # a draft is in its way
        self.commit(keyspace.rmdir(self.keys, path), mount)
        return "done"

    def rename(self, mount, old, new, flag=""):
        try:
            change = keyspace.rename(self.keys_on(mount), old, new, flag)
        except Refused as refused:
            if str(refused) in ("EINVAL", "EXDEV"):  # not by the kernel
                self.need(mount, old, new if flag == "exchange" else old)
            raise
        if change is None:
            return "done"
        self.need(mount, old, new if flag == "exchange" else old)
        change = keyspace.rename(self.keys, old, new, flag)
        self.commit(change, mount, {new: old, old: new} if flag == "exchange" else {new: old})
        return "done"

    # --- Open files ------------------------------------------------------------------------------

    def open(self, worker, mount, slot, path, flags):
        words = flags.split(",")
        made = False
        if "creat" in words:
            made = self.create(mount, path, "excl" in words)
        if Tree(self.keys_on(mount)).find(path) is None:
            if words != ["r"]:
                raise Refused("EISDIR")
            return "done"  # a directory: it is closed at once
        node = self.nodes[mount][path]
        self.files[slot] = File(worker, mount, node, words, self.view(worker, mount, node))
        self.files[slot].made = made
        if "trunc" in words:
            node.last_written = self.files[slot]
        return "done"

    def create(self, mount, path, exclusive):
        """Whether it was not there. Without O_EXCL it is this mount's alone (292)."""
        change = keyspace.create(self.keys_on(mount), path, exclusive)
        if exclusive:
            self.commit(change, mount)
        elif change:
            node = self.nodes[mount][path] = Node(True)
            node.key, node.data, node.draft = keyspace.key_of(path), "", True
        return change is not None

    def pread(self, file, size, offset):
        size, offset = int(size), int(offset)
        if not file.readable:
            raise Refused("EBADF")
        if not file.edits:
            self.renew(file, offset)
            file.served = True
        return file.content()[offset:offset + size]

    def view(self, worker, mount, node):
        """The value as a process sees it: with what it has written here (5)."""
        data = node.data
        for file in self.files.values():
            if (file.worker, file.mount, file.node) == (worker, mount, node):
                data = edited(data, file.edits)
        return data

    def renew(self, file, offset):
        """A read from the start takes a new snapshot, one at the end goes on (4)."""
        if file.node.dead:
            return
        now = self.view(file.worker, file.mount, file.node)
        goes_on = 0 < offset >= len(file.base) and now.startswith(file.base)
        if goes_on or (offset == 0 and file.served):
            file.base = now

    def pwrite(self, file, offset, text):
        offset = int(offset)
        if not file.writable:
            raise Refused("EBADF")
        if file.append:
            offset = len(file.content())
        if file.spoiled or offset + len(text) > MAX_VALUE:
            file.spoiled |= bool(file.edits)
            file.edits = []
            file.node.last_written = None
            raise Refused("EFBIG")
        alone = not file.written
        file.edits.append(("append" if file.append else "write", offset, text))
        file.written = True
        file.node.last_written = file
        if file.sync:
            self.publish_now(file, alone)
        return "done"

    def publish_now(self, file, alone):
        """194: what is refused is not published later; what was written before waits."""
        try:
            self.publish(file)
        except Refused:
            if alone:
                file.edits, file.written = list(file.cut), False
                file.node.last_written = None
            raise

    def ftruncate(self, file, size):
        if not file.writable:
            raise Refused("EINVAL")
        if file.spoiled or int(size) > MAX_VALUE:
            raise Refused("EFBIG")
        file.edits.append(("truncate", int(size)))
        file.written = True
        file.node.last_written = file
        return "done"

    def told(self, worker, mount, node):
        """275: what this process has not read yet is of the value whose size is told."""
        value = node.data if node.dead else self.view(worker, mount, node)
        unread = [file for file in self.files.values()
                  if (file.worker, file.mount, file.node) == (worker, mount, node)
                  and file.readable and not file.served and not file.edits]
        for file in unread:
            file.base = value
        return {len(value)} if unread else None

    def fstat(self, file):
        sizes = self.told(file.worker, file.mount, file.node) or self.sizes(file.mount, file.node)
        return ["file", 0 if file.node.dead else 1, sizes]

    def publish(self, file):
        """7, 13, 14, 15, 16: what was written, once more onto the value that is there now."""
        if file.spoiled:
            raise Refused("EFBIG")
        if not file.edits and not self.owes(file) or file.node.unlinked_here:
            return
        if file.node.dead:
            raise Refused("ESTALE")
        file.node.last_written = None
        value = self.keys_on(file.mount)[file.node.key]
        data = edited(value.data, file.edits)
        if len(data) > MAX_VALUE:
            raise Refused("EFBIG")
        self.commit(keyspace.Change({file.node.key: (data, value.lease)}, []))
        if not file.node.dead:  # with an empty value it may have become a marker
            file.base, file.edits, file.cut, file.written = data, [], [], False

    def owes(self, file):
        """It has made what has no key yet."""
        return file.made and file.node.draft and not file.spoiled

    def fsync(self, file):
        self.publish(file)
        return "done"

    def close(self, file):
        slot = next(slot for slot, other in self.files.items() if other is file)
        try:
            if file.written or file.spoiled:
                self.publish(file)
                return "done"
        finally:
            file.node.last_written = None
            del self.files[slot]
            self.drop_unmade(file, bool(file.written or file.spoiled))
        if (file.edits or self.owes(file)) and not file.node.dead:
            self.publish(file)  # 9
        return "done"

    def drop_unmade(self, file, refused):
        """What was not made by the last close of it is gone. (Who has made it makes it below.)"""
        if file.node.draft and not (self.owes(file) and not refused) \
                and all(other.node is not file.node for other in self.files.values()):
            self.forget(file.mount, file.node)

    # --- Around a step ---------------------------------------------------------------------------

    def wants_barrier(self, operation):
        """Whether the mount must have seen all that is acknowledged, since what it does without
        is not said: a read at the end of a snapshot, a close of what has become a directory, a
        name on the way that is something else by now."""
        worker, mount, name, *arguments = operation
        if name not in FILE_OPERATIONS:
            paths = arguments[1:2] if name == "open" else arguments[:2]
            return not STRICT and any(is_on_the_way(gone, paths) for gone in self.gone[mount])
        file = self.files.get(arguments[0])
        return file and (name == "pread" and int(arguments[2]) > 0 or self.is_flipped(file))

    def settles(self, operation):
        """The path to look at after a close, since a mere O_TRUNC is published behind it (9)."""
        file = self.files.get(operation[3]) if operation[2] == "close" else None
        if not file or file.written or not (file.edits or self.owes(file)) or file.node.dead:
            return None
        return next(path for path, node in self.nodes[file.mount].items() if node is file.node)

    # --- An etcd client --------------------------------------------------------------------------

    def etcd_put(self, key, data, lease="0"):
        self.commit(keyspace.Change({key: (data, int(lease))}, []))
        return "done"

    def etcd_delete(self, *keys):
        self.commit(keyspace.Change({}, list(keys)))
        return "done"

    def etcd_delete_below(self, directory):
        self.commit(keyspace.Change({}, [key for key in self.keys
                                         if key.startswith(directory + "/")]))
        return "done"

    def etcd_replace(self, old, key, data):
        """One transaction that deletes one key and puts another."""
        self.commit(keyspace.Change({key: (data, 0)}, [old]))
        return "done"


def is_on_the_way(above, paths):
    return any((path + "/").startswith(above + "/") for path in paths)


STRICT = False  # names are looked up as strictly as all else; --strict
FILE_OPERATIONS = ("pread", "pwrite", "ftruncate", "fstat", "fsync", "close")
