"""The rows: what is measured, beside what, and how good it is to be (the table of aims)."""
import dataclasses
import typing

CALLERS = (1, 4, 16, 64, 256)
UNITS = {"p50_us": ("s", 1e-6), "seconds": ("s", 1), "rate": ("/s", 1), "bytes": ("bytes", 1),
         "processor_us": ("s", 1e-6)}
GO_GET, GO_PUT, NULL, CACHED = "Go Get", "Go Put", "null FUSE", "consistency=cached"
MUTEX, WATCH = "Go Mutex", "bare watch"
NOW, KEPT = "the tree of now", "a null FUSE that the kernel keeps"


@dataclasses.dataclass
class Row:
    name: str  # FAMILY-SIZE
    what: str
    field: str  # of what is measured; UNITS
    ours: typing.Callable  # (bench, world) -> a dictionary with that field
    beside: dict  # a name and the same
    against: tuple = ()  # the names whose sum is what counts; the others are shown
    better: str = "less"
    aim: float = None
    judged: str = "ratio"  # or "difference", or "itself"
    modes: str = "dl"  # in which runs it is: quick, default, long
    is_heavy: bool = False  # few rounds
    rounds: int = 0  # if not those of its kind
    keeps_keys: bool = False  # for the next row


# --- Measurements, as functions of (bench, world) ---

def load(where, *what):
    return lambda bench, world: bench.load(world, where, *what)


def go(*what):
    return lambda bench, world: bench.go(world, *what)


def client(*what):
    return lambda bench, world: bench.client(world, *what)


def on_files(where, *what):
    return lambda bench, world: bench.on_files(world, where, *what)


def method(name, *what):
    return lambda bench, world: getattr(bench, name)(world, *what)


def picked(name, field, key, *what):
    return lambda bench, world: {field: getattr(bench, name)(world, *what)[key]}


def etcdctl(*what):
    return lambda bench, world: bench.repeated("/", "etcdctl", "--endpoints", world.endpoint, *what)


def shell(script):
    return lambda bench, world: bench.repeated(world.main.path, "sh", "-c", f"exec {script}")


# --- Families ---

def of_callers(name, what, operation, rival, rival_name, aims):
    """A row for each number of callers: one alone is judged by its time, many by their rate."""
    for callers in CALLERS:
        alone = callers == 1
        yield Row(f"{name}-{callers}", f"{what}, {callers} caller{'' if alone else 's'}",
                  "p50_us" if alone else "rate", load("mount", operation, callers),
                  {rival_name: go(rival, callers), NULL: load("null", operation, callers)},
                  (rival_name, NULL) if alone else (rival_name,),
                  "less" if alone else "more", aims.get(callers),
                  modes="qdl" if callers in (1, 64) else "dl" if callers in aims else "l")


def of_program(*command):
    return lambda where: on_files(where, 1000, *command)


def programs():
    gets, trips = f"1,000 {GO_GET}s", f"3,000 {NULL} round trips"
    yield Row("ls-1000", "`ls -l` of 1,000 files", "seconds",
              on_files("mount", 1000, "ls", "-l", "files"),
              {gets: go("get", 1, 1000), trips: load("null", "fstat", 1, 3000),
               f"the same on a {NULL}": on_files("null", 1000, "ls", "-l", "files"),
               CACHED: on_files("cached", 1000, "ls", "-l", "files")},
              (gets, trips), aim=1.1, modes="qdl", is_heavy=True)
    for name, what, calls, run in (  # a file: calls that have to see what is new
            ("find", "find -size", 1, of_program("find", "files", "-size", "+9")),
            ("du", "du -a", 1, of_program("du", "-a", "files")),
            ("grep", "grep -r", 2, of_program("grep", "-r", "x", "files")),
            ("rsync", "rsync -a", 3, lambda where: method("rsync", where, 1000)),
            ("rsync_again", "rsync -a", 1, lambda where: method("rsync_again", where, 1000))):
        gets, null = f"{calls},000 {GO_GET}s", f"the same on a {NULL}"
        more = {"rsync": ", to tmpfs", "rsync_again": " that are there already"}.get(name, "")
        yield Row(f"{name}-1000", f"`{what}` of 1,000 files{more}", "seconds", run("mount"),
                  {gets: go("get", 1, calls * 1000), null: run("null")}, (gets, null),
                  modes="dl", is_heavy=True)


def beside_cached():
    for count, modes in (2000, "d"), (10000, "l"):
        yield Row(f"ls-{count}", f"`ls -l` of {count:,} files", "seconds",
                  on_files("mount", count, "ls", "-l", "files"),
                  {CACHED: on_files("cached", count, "ls", "-l", "files")},
                  (CACHED,), aim=6 if count == 10000 else None, modes=modes,
                  is_heavy=True)
    for count, modes in (501, "d"), (4001, "l"):
        yield Row(f"watch-{count}", f"`inotifywait -r` set up on {count:,} directories", "seconds",
                  method("watches", "mount", count),
                  {CACHED: method("watches", "cached", count)},
                  (CACHED,), aim=6 if count == 4001 else None, modes=modes,
                  is_heavy=True)


def of_many():
    """Directories of 1,000 files each: beside the cached mount, which asks etcd nothing."""
    for name, command in (("ls", "ls -lR many"), ("find", "find many"),
                          ("find_size", "find many -size +9"), ("du", "du -a many")):
        yield Row(f"{name}-100000", f"`{command.replace(' many', '')}` of 100,000 files", "seconds",
                  method("on_many", "mount", 100000, *command.split()),
                  {CACHED: method("on_many", "cached", 100000, *command.split())},
                  (CACHED,), modes="l", rounds=1, is_heavy=True, keeps_keys=True)


def of_keys():
    for keys, modes in (1000, "l"), (10000, "ql"), (100000, "dl"), (1000000, "l"):
        pages = f"Go list, pages of {10000:,}"
        yield Row(f"mount-{keys}", f"mount to first `cat`, {keys:,} keys", "seconds",
                  method("mounted", keys), {pages: method("listed", keys, 10000)}, (pages,),
                  aim=0.3 if keys == 1000000 else None, modes=modes, is_heavy=True,
                  keeps_keys=True)
        yield Row(f"memory-{keys}", f"memory a key beyond key and value, {keys:,} keys", "bytes",
                  method("memory", keys),
                  {"all of etcd's": method("etcd_memory", keys)} if keys >= 100000 else {},
                  aim=120 if keys == 1000000 else None, judged="itself", modes=modes,
                  is_heavy=True, keeps_keys=True)
        if keys == 100000:
            yield from of_many()


def of_locks():
    pair, few = f"two {GO_PUT}s", "2 waiters"
    yield Row("lock-1", "flock and unlock of a file, 1 caller", "p50_us", load("mount", "flock", 1),
              {pair: go("puts", 1), NULL: load("null", "flock", 1), MUTEX: go("mutex", 1)},
              (pair, NULL), aim=1.1, modes="qdl")
    yield Row("handover-1", "a lock from one mount to the next", "p50_us",
              method("handovers", 1, 200),
              {WATCH: picked("bare_watch", "p50_us", "watch_us", 300),
               MUTEX: method("rival", "handover", 100)},
              (WATCH,), aim=0.5e-3, judged="difference", modes="qdl")
    yield Row("waiters-100", "a lock from one mount to the next, 100 waiters", "p50_us",
              method("handovers", 100, 200), {few: method("handovers", 2, 200)}, (few,), aim=1.1,
              is_heavy=True)


def of_past():
    """Copies to tmpfs; DIR is the root."""
    for count, modes in (1000, "d"), (10000, "l"):
        is_judged = count == 10000
        yield Row(f"past-{count}", f"`cp -r` of `.etcd/at/REV` with {count:,} files", "seconds",
                  method("copied", "past", count), {NOW: method("copied", "mount", count)},
                  (NOW,), aim=1.5 if is_judged else None, modes=modes, is_heavy=True)
        yield Row(f"past_again-{count}",
                  f"`cp -r` of `.etcd/at/REV` with {count:,} files, once more", "seconds",
                  method("copied_again", "past", count),
                  {"tmpfs": method("copied_again", "tmpfs", count),
                   KEPT: method("copied_again", "kept", count)},
                  ("tmpfs",), aim=2 if is_judged else None, modes=modes, is_heavy=True)


def all_rows():
    yield from of_callers("read", "open, read, close", "read", "get", GO_GET, {1: 1.0, 64: 2})
    yield from of_callers("write", "overwrite (open, write, close)", "write", "put", GO_PUT,
                          {1: 1.1, 64: 2, 256: 2})
    yield from of_callers("create", "a new file (`echo v >new`)", "create", "create", GO_PUT,
                          {1: 1.15})
    yield Row("fsync-1", "overwrite of an open file (write, fsync), 1 caller", "p50_us",
              load("mount", "fsync", 1), {GO_PUT: go("put", 1), NULL: load("null", "fsync", 1)},
              (GO_PUT, NULL))
    yield Row("append-16", "appends to one file, 16 callers", "rate", load("mount", "append", 16),
              {GO_PUT: go("put", 16), NULL: load("null", "append", 16)}, (GO_PUT,), "more", 1)
    yield Row("stat-1", "stat, 1 caller", "p50_us", load("mount", "stat", 1),
              {GO_GET: go("get", 1), NULL: load("null", "stat", 1)}, (GO_GET, NULL))
    yield Row("cat-1", "the program `cat`, of a key", "seconds", shell("cat key"),
              {"etcdctl get": etcdctl("get", "key")}, ("etcdctl get",))
    yield Row("echo-1", "the program `echo`, into a key", "seconds", shell("/bin/echo v >key"),
              {"etcdctl put": etcdctl("put", "key", "v")}, ("etcdctl put",))
    for operation, rival, name in ("range", "get", GO_GET), ("put", "put", GO_PUT):
        yield Row(f"client_{rival}-64", f"our client of etcd alone: {operation}, 64 in flight",
                  "rate", client(operation, 64), {name: go(rival, 64)}, (name,), "more")
    yield Row("stat_cached-1", "cached: stat", "p50_us", load("cached", "stat", 1),
              {"tmpfs": load("tmpfs", "stat", 1)}, ("tmpfs",), aim=1.1, modes="qdl")
    yield Row("read_cached-1", "cached: open, read, close", "p50_us", load("cached", "read", 1),
              {NULL: load("null", "read", 1)}, (NULL,), aim=1.05, modes="qdl")
    yield Row("event-1", "another's commit to the inotify event", "p50_us",
              picked("events", "p50_us", "modify_us", 300),
              {WATCH: picked("events", "p50_us", "watch_us", 300)}, (WATCH,),
              aim=0.4e-3, judged="difference", modes="qdl")
    yield from of_locks()
    yield Row("changes-1", "processor time of a change that nobody watches", "processor_us",
              picked("changes", "processor_us", "mount", 10000, 5000),
              {"Go watch": picked("changes", "processor_us", "go", 10000, 5000)}, ("Go watch",),
              is_heavy=True)
    yield from programs()
    yield from beside_cached()
    yield Row("cp-1000", "`cp -r` of 1,000 small files", "seconds", method("copy", "mount", 1000),
              {f"1,000 {GO_PUT}s": go("create", 1, 1000),
               f"the same on a {NULL}": method("copy", "null", 1000)},
              (f"1,000 {GO_PUT}s", f"the same on a {NULL}"), aim=1.15, modes="qdl", is_heavy=True)
    yield from of_past()
    yield from of_keys()
