"""The revisions of etcd, and which of them an operation can have made or seen."""
from bisect import bisect_left, bisect_right

OWN = ".etcd/"  # keys of etcdfs that no directory and no stream shows
ARRIVED = True  # instead of a value: that which a rename has brought


class Key:
    """The life of a key: what it had from each revision on."""

    def __init__(self):
        self.revisions, self.values, self.effects = [0], [None], [None]
        self.made = {}  # effect: the versions that it has made

    def add(self, revision, value, partner):
        """@partner is the other key of a rename."""
        effect = (ARRIVED if partner is not None and value is not None else value), partner
        self.made.setdefault(effect, []).append(len(self.values))
        self.revisions.append(revision)
        self.values.append(value)
        self.effects.append(effect)

    def at(self, revision):
        return self.values[bisect_right(self.revisions, revision) - 1]

    def span(self, version):
        """From this version on, and before the next one."""
        after = version + 1
        return (self.revisions[version],
                self.revisions[after] if after < len(self.revisions) else None)


class History:
    def __init__(self, recording):
        self.last = recording.complete
        self.changes = recording.changes
        self.keys = {}
        self.seen = {}  # (key, value): the spans of revisions in which it was so
        self.in_directory = {}  # directory: (revision, names that came, names that went)
        self.wrong = []
        for changes in self.by_revision():
            self.add(changes)
        for name, key in self.keys.items():
            for version, value in enumerate(key.values):
                self.seen.setdefault((name, value), []).append(key.span(version))

    def by_revision(self):
        found = []
        for change in self.changes:
            if found and found[0]["revision"] != change["revision"]:
                yield found
                found = []
            found.append(change)
        if found:
            yield found

    def key(self, name):
        return self.keys.get(name) or self.keys.setdefault(name, Key())

    def add(self, changes):
        gone = {}  # value: the key that lost it in this revision
        for change in changes:
            if change["change"] == "delete" and len(changes) > 1:
                gone[self.key(change["key"]).values[-1]] = change["key"]
        moved = {gone[change["value"]]: change["key"] for change in changes
                 if change["change"] == "put" and change["value"] in gone}
        came = {to: old for old, to in moved.items()}
        for change in changes:
            name, revision = change["key"], change["revision"]
            key = self.key(name)
            if change["change"] == "delete" and key.values[-1] is None:
                self.wrong.append(f"the history deletes {name!r} twice, at revision {revision}")
            partner = moved.get(name) or came.get(name)
            value = change["value"] if change["change"] == "put" else None
            key.add(revision, value, partner)
            self.note_name(name, revision, value is not None)
            if revision > self.last:
                self.wrong.append(f"the history is not complete: it has revision {revision}")

    def note_name(self, key, revision, is_there):
        directory, _, name = key.rpartition("/")
        changes = self.in_directory.setdefault(directory, [])
        if not changes or changes[-1][0] != revision:
            changes.append((revision, set(), set()))
        changes[-1][1 if is_there else 2].add(name)

    def spans(self, name, value):
        """When the key had this value."""
        if name not in self.keys:
            return [(0, None)] if value is None else []
        return self.seen.get((name, value), [])

    def made(self, operation):
        """The revisions that this operation can have made."""
        key = self.keys.get(operation.key)
        if key is None:
            return []
        if operation.name == "append":
            version = first_with(key.values, operation.value)
            versions = [] if version is None else [version]
        else:
            versions = key.made.get(effect(operation), [])
        if operation.name == "create":
            versions = [version for version in versions if key.values[version - 1] is None]
        found = [key.revisions[version] for version in versions]
        if operation.revision is not None:
            found = [revision for revision in found if revision == operation.revision]
        return found

    def names(self, directory):
        """{names: spans of revisions} of a directory in which there are only files."""
        now, since, found = frozenset(), 0, {}
        for revision, came, went in self.in_directory.get(directory, ()):
            before, now = now, now - went | came
            if now != before:
                found.setdefault(before, []).append((since, revision))
                since = revision
        found.setdefault(now, []).append((since, None))
        return found


def effect(operation, name=None):
    """The effect of an operation on its key, or on @name, to which it renames."""
    if operation.name == "rename":
        return (ARRIVED, operation.key) if name == operation.other else (None, operation.other)
    return None if operation.name == "unlink" else operation.value or "", None


def first_with(values, line):
    """The first version of an append file that has this line."""
    version = bisect_left(values, True, key=lambda value: f"\n{line}" in f"\n{value}")
    return version if version < len(values) else None
