"""The naive model of etcd's keys as a tree of files: what docs/semantics.md says, and no more.

A path has the root as "" and no slash at its ends. A change looks at the whole keyspace, says what
is put and deleted in one transaction, or raises Refused with the name of an errno.
"""
from collections import namedtuple

Value = namedtuple("Value", "data create mod version lease")

EMPTY, VALUE = "%empty", "%value"


class Refused(Exception):
    """An operation that ends with an errno, and changes nothing."""


def parent_of(path):
    return path.rpartition("/")[0]


def name_of(path):
    return path.rpartition("/")[2]


def names_of_key(key):
    return [name or EMPTY for name in key.split("/")]


def key_of(path):
    """The key that a path is or would be (26, 28 to 30)."""
    directory, _, name = path.rpartition("/")
    if name == VALUE and directory:
        path = directory
    names = path.split("/")
    if VALUE in names or names == [EMPTY]:
        raise Refused("EINVAL")  # no key has this path
    return "/".join("" if name == EMPTY else name for name in names)


def marker_of(path):
    """What the keys below a directory begin with."""
    return "".join("/" if name == EMPTY else name + "/" for name in path.split("/"))


class Tree:
    """The directories and the files (path to key) of some keys; with the markers, which are not
    seen."""

    def __init__(self, keys):
        self.keys = keys
        self.directories = {""}
        self.files = {}
        paths = {key: names_of_key(key) for key in keys}
        for names in paths.values():
            self.directories.update("/".join(names[:i]) for i in range(1, len(names)))
        for key, names in paths.items():
            path = "/".join(names)
            self.files[f"{path}/{VALUE}" if path in self.directories else path] = key

    def is_seen(self, path):
        return name_of(path) != EMPTY or self.keys[self.files[path]].data != ""

    def is_directory(self, path):
        return path in self.directories

    def file(self, path):
        """The key of the file at @path, None: no file."""
        return self.files[path] if path in self.files and self.is_seen(path) else None

    def is_there(self, path):
        return self.is_directory(path) or self.file(path) is not None

    def walk(self, path):
        """The directories on the way to @path are there."""
        names = path.split("/")
        for i in range(1, len(names)):
            above = "/".join(names[:i])
            if not self.is_directory(above):
                raise Refused("ENOENT" if self.file(above) is None else "ENOTDIR")

    def find(self, path):
        """The key of a file, None for a directory."""
        self.walk(path)
        if not self.is_there(path):
            raise Refused("ENOENT")
        return self.file(path)

    def find_file(self, path):
        key = self.find(path)
        if key is None:
            raise Refused("EISDIR")
        return key

    def names(self, path):
        """What is seen in a directory; a directory's name with a slash."""
        below = [f"{name_of(other)}/" for other in self.directories
                 if other and parent_of(other) == path]
        below += [name_of(other) for other in self.files
                  if parent_of(other) == path and self.is_seen(other)]
        return sorted(below)

    def links(self, path):
        return 2 + sum(name.endswith("/") for name in self.names(path))


Change = namedtuple("Change", "puts deletes")  # puts: key to (data, lease)


def after(keys, change):
    """Which keys are there then: only the names and whether they are empty count."""
    left = {key: value for key, value in keys.items() if key not in change.deletes}
    left.update({key: Value(data, 0, 0, 0, lease) for key, (data, lease) in change.puts.items()})
    return left


def keeping(keys, change, path):
    """@change, and the directory @path outlives it (20)."""
    if Tree(after(keys, change)).is_directory(path):
        return change
    return Change({**change.puts, marker_of(path): ("", 0)}, change.deletes)


def refuse_marker(tree, path):
    """What has the name of an empty directory's marker cannot come to be (28, 29)."""
    if path in tree.files and not tree.is_seen(path):
        raise Refused("EINVAL")


def create(keys, path, exclusive=False):
    """None: it is there (17)."""
    tree = Tree(keys)
    tree.walk(path)
    if tree.is_there(path):
        if exclusive:
            raise Refused("EEXIST")
        tree.find_file(path)
        return None
    if name_of(path) == EMPTY:
        raise Refused("EINVAL")
    return Change({key_of(path): ("", 0)}, [])


def mkdir(keys, path):
    tree = Tree(keys)
    tree.walk(path)
    if tree.is_there(path):
        raise Refused("EEXIST")
    key_of(path)
    if name_of(path) == VALUE:
        raise Refused("EINVAL")
    refuse_marker(tree, path)
    return Change({marker_of(path): ("", 0)}, [])


def unlink(keys, path):
    key = Tree(keys).find_file(path)
    return keeping(keys, Change({}, [key]), parent_of(path))


def rmdir(keys, path):
    tree = Tree(keys)
    if tree.find(path) is not None:
        raise Refused("ENOTDIR")
    if tree.names(path):
        raise Refused("ENOTEMPTY")
    return keeping(keys, Change({}, [marker_of(path)]), parent_of(path))


def rename(keys, old, new, flag=""):
    """None: the same name. @flag: that of renameat2."""
    tree = Tree(keys)
    tree.walk(old)
    tree.walk(new)
    tree.find(old)
    if flag == "exchange":
        tree.find(new)
    if flag == "noreplace" and tree.is_there(new):
        raise Refused("EEXIST")
    if new.startswith(old + "/"):
        raise Refused("EINVAL")
    if old.startswith(new + "/"):
        raise Refused("EINVAL" if flag == "exchange" else "ENOTEMPTY")
    if old == new:
        return None
    return exchange(tree, old, new) if flag == "exchange" else move(tree, old, new)


def move(tree, old, new):
    """To a name that is free, or that of a file or of an empty directory (18, 210, 212)."""
    if tree.is_there(new) and tree.is_directory(old) != tree.is_directory(new):
        raise Refused("ENOTDIR" if tree.is_directory(old) else "EISDIR")
    refuse_slashes(tree, old, new)
    if tree.is_directory(new) and tree.names(new):
        raise Refused("ENOTEMPTY")
    refuse_marker(tree, new)
    deletes = keys_of(tree, old)
    replaced = keys_of(tree, new) if tree.is_directory(new) else []
    change = Change(moved(tree, old, new), deletes + replaced)
    change = keeping(tree.keys, change, parent_of(old))
    if any(key in change.puts for key in deletes):
        raise Refused("EXDEV")  # its name is that of the marker which its directory needs now
    return change


def exchange(tree, old, new):
    """Two names change places (214)."""
    refuse_slashes(tree, old, new)
    return Change({**moved(tree, old, new), **moved(tree, new, old)},
                  keys_of(tree, old) + keys_of(tree, new))


def refuse_slashes(tree, *paths):
    """All that begins with a slash is not one name's (215)."""
    if any(path == EMPTY and tree.is_directory(path) for path in paths):
        raise Refused("EXDEV")


def keys_of(tree, path):
    """The key of a file; those below a directory, and its own value's."""
    key = key_of(path)
    if not tree.is_directory(path):
        return [key]
    return [other for other in tree.keys if other == key or other.startswith(marker_of(path))]


def moved(tree, old, new):
    """What is put at @new, with the values and leases that there are at @old."""
    from_key, to_key = key_of(old), key_of(new)
    if tree.is_directory(old) and name_of(new) == VALUE:
        raise Refused("EINVAL")
    if tree.file(old) and name_of(new) == EMPTY and tree.keys[from_key].data == "":
        raise Refused("EINVAL")
    return {to_key + key[len(from_key):]: (tree.keys[key].data, tree.keys[key].lease)
            for key in keys_of(tree, old)}
