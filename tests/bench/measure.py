"""The ways to measure: each returns a dictionary of figures of one run of a second or so."""
import contextlib
import json
import pathlib
import re
import subprocess
import tempfile
import time

import machine

REPEATED = 20
METRIC = re.compile(r"^etcdfs_barriers_total(?:{.*})? (\d+)", re.M)


class Bench:
    """What is there for all rows; what a row has started or made goes with end_row()."""

    def __init__(self, host, worlds, tools, seconds):
        self.machine, self.worlds, self.tools, self.seconds = host, worlds, tools, seconds
        self.once, self.shared, self.row = {}, {}, contextlib.ExitStack()
        self.copies, self.etcd_before = 0, {}

    def end_row(self):
        self.row.close()
        self.once.clear()
        for world in self.worlds:
            world.end_further()

    def wipe(self):
        for world in self.worlds:
            self.rival(world, "wipe")

    def first(self, key, function):
        """What @function returned the first time in this row."""
        if key not in self.once:
            self.once[key] = function()
        return self.once[key]

    def first_of_round(self, key, function):
        if key not in self.shared:
            self.shared[key] = function()
        return self.shared[key]

    # --- Places ---

    def null(self, *options):
        null = machine.NullFuse(self.machine, self.tools, *options)
        self.row.callback(null.end)
        return null.path

    def kept(self):
        """A null FUSE whose names, attributes and bytes the kernel keeps."""
        return self.null("kept")

    def tmpfs(self):
        directory = tempfile.TemporaryDirectory(prefix="kv.", dir="/dev/shm")
        self.row.callback(directory.cleanup)
        return pathlib.Path(directory.name)

    def place(self, world, where):
        if where in ("null", "kept", "tmpfs"):
            return self.first(where, getattr(self, where))
        return world.mount("consistency=cached" if where == "cached" else "").path

    # --- Tools ---

    def tool(self, name, *arguments, seconds=120):
        path = self.tools.parent / "tests/bench" / name
        return json.loads(self.machine.run(path, *arguments, seconds=seconds))

    def rival(self, world, *arguments):
        said = self.machine.run(self.tools / "rival", world.endpoint, *arguments,
                                seconds=machine.MANY_S)
        return json.loads(said)

    def limit(self, calls):
        return calls or f"{self.seconds}s"

    def load(self, world, where, operation, callers, calls=None):
        place = self.place(world, where) / f"{operation}-{callers}"
        return self.tool("load", operation, place, callers, self.limit(calls))

    def go(self, world, operation, callers, calls=None):
        return self.rival(world, operation, callers, self.limit(calls))

    def client(self, world, operation, flight):
        """Our own client, without a filesystem."""
        return self.tool("etcd_bench", world.endpoint, operation, int(15000 * self.seconds), flight)

    # --- Programs on a tree of files ---

    def barriers(self, place):
        found = METRIC.search(self.machine.reads(place / ".etcd/metrics") or "")
        return int(found[1]) if found else 0

    def files(self, world, where, count):
        """A directory of so many small files."""
        place = self.place(world, where)
        self.first((place, count), lambda: self.tool(
            "load", "create", place / "files", 16, count, seconds=machine.MANY_S))
        return place

    def program(self, place, *command, asks=False):
        before = self.barriers(place) if asks else 0
        began = time.perf_counter()
        self.machine.run(*command, place=place, seconds=machine.MANY_S)
        took = {"seconds": time.perf_counter() - began}
        return took | ({"barriers": self.barriers(place) - before} if asks else {})

    def on_files(self, world, where, count, *command):
        return self.program(self.files(world, where, count), *command,
                            asks=where in ("mount", "cached"))

    def copy(self, world, where, count):
        """`cp -r` of so many small files, to a new name each time."""
        source = self.files(world, "tmpfs", count) / "files"
        place = self.place(world, where)
        self.copies += 1
        return self.program(place, "cp", "-r", source, f"copy-{self.copies}",
                            asks=where == "mount")

    def source(self, world, where, count):
        """A directory of so many small files; "past": at a revision that nobody has read yet."""
        if where != "past":
            return self.files(world, where, count) / "files"
        place = self.files(world, "mount", count)
        self.machine.run("sh", "-c", "echo v >changed", place=place)
        status = json.loads(self.machine.reads(place / ".etcd/status"))
        return place / f".etcd/at/{status['revision']}/files"

    def copy_from(self, source):
        """`cp -r` to tmpfs, under a new name each time."""
        self.copies += 1
        return self.program("/", "cp", "-r", source, self.place(None, "tmpfs") /
                            f"copy-{self.copies}")

    def copied(self, world, where, count):
        return self.copy_from(self.source(world, where, count))

    def copied_again(self, world, where, count):
        """What was copied before."""
        key = world, where, count
        source = self.first(key, lambda: self.source(world, where, count))
        self.first((*key, "before"), lambda: self.copy_from(source))
        return self.copy_from(source)

    def rsync(self, world, where, count):
        """From the place to tmpfs, under a new name each time."""
        self.copies += 1
        target = self.place(world, "tmpfs") / f"copy-{self.copies}"
        return self.on_files(world, where, count, "rsync", "-a", "files/", target)

    def rsync_again(self, world, where, count):
        """Where all is there already, with the same sizes and times."""
        target = self.place(world, "tmpfs") / f"again-{where}-{self.worlds.index(world)}"
        again = "rsync", "-a", "files/", target
        self.first(target, lambda: self.on_files(world, where, count, *again))
        return self.on_files(world, where, count, *again)

    def on_many(self, world, where, keys, *command):
        self.seed(world, keys)
        return self.program(self.place(world, where), *command, asks=True)

    def repeated(self, place, *command):
        """What a program takes that is started anew each time, its start included."""
        for world in self.worlds:
            self.first((world, "key"), lambda at=world.main.path / "key": at.write_text("v\n"))
        began = time.perf_counter()
        for _ in range(REPEATED):
            self.machine.run(*command, place=place)
        return {"seconds": (time.perf_counter() - began) / REPEATED}

    def watches(self, world, where, directories):
        """`inotifywait -r` until its watches stand, on so many directories and the one above."""
        self.first((world, "tree"), lambda: self.rival(
            world, "seed", "tree/", 0, directories - 1, 1, 0))
        place = self.place(world, where)
        before, began = self.barriers(place), time.perf_counter()
        watcher = self.machine.spawn("inotifywait", "-r", "-m", place / "tree", text=True,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            if not any("Watches established" in line for line in watcher.stderr):
                raise machine.Failure("inotifywait ended")
            return {"seconds": time.perf_counter() - began,
                    "barriers": self.barriers(place) - before}
        finally:
            watcher.stderr.close()
            self.machine.end(watcher)

    # --- Locks ---

    def handovers(self, world, waiters, count):
        """From one mount to another one of the same etcd."""
        mounts = world.main, world.mount("consistency=linearizable")
        return self.tool("handover", *(mount.path / f"locks-{waiters}" for mount in mounts),
                         waiters, count)

    # --- Changes made elsewhere ---

    def events(self, world, puts):
        """Of one run: what the bare watch and what the inotify reader took."""
        return self.first_of_round((world, "events"), lambda: self.tool(
            "event_bench", world.endpoint, world.main.path / "events", "events/", puts))

    def bare_watch(self, world, puts):
        return self.tool("event_bench", world.endpoint, "-", "events/", puts)

    def changes(self, world, count, per_second):
        """The processor time a change that nobody watches, of the mount and of a Go client."""
        return self.first_of_round((world, "changes"),
                                   lambda: self.changes_now(world, count, per_second))

    def changes_now(self, world, count, per_second):
        pid = world.main.filesystem()
        pids = [pid, *machine.children(pid, "etcdfs-notify")]
        watcher = self.machine.spawn(self.tools / "rival", world.endpoint, "watch", "elsewhere/",
                                     count, stdout=subprocess.PIPE, text=True)
        try:
            watcher.stdout.readline()
            before = sum(map(machine.processor_us, pids))
            self.rival(world, "seed", "elsewhere/", 0, count, 100, per_second)
            said = json.loads(watcher.communicate(timeout=60)[0])
            return {"mount": (sum(map(machine.processor_us, pids)) - before) / count,
                    "go": said["processor_us"] / count}
        finally:
            self.machine.end(watcher)

    # --- Many keys ---

    def seed(self, world, keys):
        """Keys of 15 and values of 60 bytes, as many as asked for in all."""
        self.etcd_before.setdefault(world, machine.anonymous_bytes(world.etcd()))
        if world.seeded < keys:
            self.rival(world, "seed", "many/", world.seeded, keys - world.seeded, 1000, 0)
            world.seeded = keys

    def fresh(self, world, option, file):
        """A new mount until @file can be read: how long that was, and what it keeps then."""
        mount = world.start(option)
        try:
            took = mount.wait(file, machine.MANY_S)
            return {"seconds": took, "bytes": machine.anonymous_bytes(mount.filesystem())}
        finally:
            mount.end()

    def mounted(self, world, keys):
        self.seed(world, keys)
        return self.fresh(world, "", "many/0000/00000")

    def memory(self, world, keys):
        """Beyond what an empty mount has, and beyond key and value."""
        took = self.mounted(world, keys)
        empty = self.fresh(world, "prefix=none/", ".role")
        return {"bytes": (took["bytes"] - empty["bytes"]) / keys - 75}

    def listed(self, world, keys, page):
        self.seed(world, keys)
        return self.rival(world, "list", "many/", page)

    def etcd_memory(self, world, keys):
        self.seed(world, keys)
        more = machine.anonymous_bytes(world.etcd()) - self.etcd_before[world]
        return {"bytes": more / keys}
