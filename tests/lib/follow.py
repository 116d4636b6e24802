"""follow.py MOUNT EXPECTED: watches a tree, reads again what each event names, and ends well when
what it has is what EXPECTED (JSON, once it is there) says.

It never looks at anything that no event named (or that is below a directory that is new to it).
"""
import collections
import errno
import json
import os
import stat
import sys

import inotify

MASK = (inotify.CREATE | inotify.MODIFY | inotify.CLOSE_WRITE | inotify.DELETE | inotify.ONLYDIR |
        inotify.MOVED_FROM | inotify.MOVED_TO)
# Of a name that goes, or becomes the other kind, this moment.
CHANGING = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ESTALE}
QUIET = 15  # seconds without an event after which it is over


class Follower:
    def __init__(self, root):
        self.root = root
        self.inotify = inotify.Inotify()
        self.tree = {}  # path: value, or None for a directory
        self.paths = {}  # wd: path
        self.due = collections.OrderedDict()
        self.events = 0

    def full(self, path):
        return os.path.join(self.root, path)

    def take_events(self):
        for wd, mask, name in self.inotify.read():
            self.events += 1
            if mask & inotify.Q_OVERFLOW:
                sys.exit("the queue ran over: this run proves nothing")
            if mask & inotify.IGNORED:
                self.paths.pop(wd, None)
            elif wd in self.paths and name:
                self.due[os.path.join(self.paths[wd], name)] = True

    def forget_below(self, path):
        for known in [known for known in self.tree if known.startswith(path + "/")]:
            del self.tree[known]

    def look(self, path):
        if path == ".role":
            return
        try:
            is_directory = stat.S_ISDIR(os.lstat(self.full(path)).st_mode)
        except (FileNotFoundError, NotADirectoryError):
            self.tree.pop(path, None)
            self.forget_below(path)
            return
        except OSError as error:
            if error.errno not in CHANGING:
                raise
            self.due[path] = True
            return
        try:
            if is_directory:
                self.enter(path)
            else:
                self.take(path)
        except OSError as error:
            if error.errno not in CHANGING:
                raise
            self.due[path] = True

    def take(self, path):
        with open(self.full(path), encoding="utf-8") as file:
            value = file.read()
        self.forget_below(path)
        self.tree[path] = value

    def enter(self, path):
        wd = self.inotify.add(self.full(path), MASK)
        if self.paths.get(wd) == path and path in self.tree:
            return
        self.paths[wd] = path
        self.forget_below(path)
        if path:
            self.tree[path] = None
        for name in os.listdir(self.full(path)):
            self.look(os.path.join(path, name))

    def settle(self):
        """Looks at what is due, until nothing is."""
        self.take_events()
        while self.due:
            path, _ = self.due.popitem(last=False)
            self.look(path)
            self.take_events()


def difference(have, want):
    for path in sorted(set(have) | set(want)):
        if path not in have:
            yield f"missing: {path}"
        elif path not in want:
            yield f"not there any more: {path}"
        elif have[path] != want[path]:
            yield f"stale: {path}: {have[path]!r} instead of {want[path]!r}"


def main():
    root, expected = sys.argv[1:]
    follower = Follower(root)
    follower.enter("")
    print("ready", flush=True)
    while True:
        is_over = os.path.exists(expected)
        busy = follower.inotify.wait(QUIET if is_over else 0.2)
        follower.settle()
        if not is_over:
            continue
        with open(expected, encoding="utf-8") as file:
            wrong = list(difference(follower.tree, json.load(file)))
        if not wrong:
            print(f"equal: {len(follower.tree)} names after {follower.events} events", flush=True)
            return
        if not busy:
            print("\n".join(wrong[:40]))
            sys.exit(f"{len(wrong)} names are wrong after {follower.events} events")


main()
