"""Several processes at once on both mounts and an etcd client, on a few names: what they were told
must follow from some order of what they did, each between its call and its end."""
import http.client
import json
import os
import random
import shlex
import sys
import time

import keyspace
import model
from etcd import Etcd
from keyspace import Refused, Tree, Value
from worker import Worker, result_of

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "check"))

import linear  # noqa: E402

DIRECTORIES = ["", "d"]
START = (("d/", ""), ("p/x", "0"), ("p/y", "1"), ("u", "2"))
OPERATIONS = 12  # of each process, from one empty keyspace to the next


# --- What each operation does to a state: the keys with their data, sorted ------------------------


def step(state, operation):
    """The states after @operation that fit what it has told."""
    if operation.name in FOLLOWED and len(operation.arguments) > 1:
        return set().union(*(step(state, operation._replace(arguments=[path]))
                             for path in operation.arguments))
    keys = {key: Value(data, 0, 0, 0, 0) for key, data in state}
    try:
        change, result = EFFECTS[operation.name](keys, *operation.arguments)
    except Refused as refused:
        change, result = None, str(refused)
    if change:
        keys = keyspace.after(keys, change)
    after = tuple(sorted((key, value.data) for key, value in keys.items()))
    told = operation.result
    if told == linear.UNKNOWN:
        return {after, state}
    if told == "ESTALE":
        return {state}  # deleted elsewhere while it was open (13), or walked by old names (60)
    return {after} if told == result else set()


def put_file(keys, path, data):
    key = Tree(keys).find_file(path)
    return keyspace.Change({key: (data(keys[key].data), 0)}, []), "done"


def etcd_put(keys, key, data):
    return keyspace.Change({key: (data, 0)}, []), "done"


def etcd_replace(keys, old, key, data):
    return keyspace.Change({key: (data, 0)}, [old] if old in keys else []), "done"


EFFECTS = {
    "read": lambda keys, path: (None, keys[Tree(keys).find_file(path)].data),
    "size": lambda keys, path: (None, len(keys[Tree(keys).find_file(path)].data)),
    "names": lambda keys, path: (None, Tree(keys).names(path)),
    "write": lambda keys, path, text: put_file(keys, path, lambda old: text),
    "append": lambda keys, path, text: put_file(keys, path, lambda old: old + text),
    "create": lambda keys, path: (keyspace.create(keys, path, True), "done"),
    "unlink": lambda keys, path: (keyspace.unlink(keys, path), "done"),
    "rename": lambda keys, old, new, *flag: (keyspace.rename(keys, old, new, *flag), "done"),
    "put": etcd_put,
    "delete": lambda keys, key: (keyspace.Change({}, [key]), "done"),
    "replace": etcd_replace,
    "everything": lambda keys: (None, [[key, keys[key].data] for key in sorted(keys)]),
    "get": lambda keys, key: (None, keys[key].data if key in keys else "ENOENT"),
}
FOLLOWED = ("read", "size")
OBSERVING = ("read", "size", "names", "everything", "get")


def followed(operation, renames):
    """@operation with all names that its file may have had meanwhile, by one rename or more."""
    names, more = [], operation.arguments
    while more:
        names += more
        more = list({rename.arguments[1] for rename in renames
                     if rename.arguments[0] in names and rename.arguments[1] not in names
                     and rename.call < operation.end and operation.call < rename.end})
    return operation._replace(arguments=names)


def follow(history):
    """Who names a file while it is renamed may have that file, by its new name: also what is put
    there then. (So it is on a disk.)"""
    renames = [operation for operation in history if operation.name == "rename"]
    return [followed(operation, renames) if operation.name in FOLLOWED else operation
            for operation in history]


# Who writes to a file has it open for a while, in which it may be renamed, and stat says what is
# not published: so some names are written to, and others are renamed.
WRITTEN = ["a", "b", "d/a"]
MOVED = ["m", "n", "d/m"]
# Directories, and what changes places: a path is not walked in one moment, so only etcd is asked
# what is there.
SWAPPED = [("p", "q"), ("u", "v")]
IN_SWAPPED = ["p/x", "p/y", "q/x", "u", "v"]
PROCESSES = {
    "A1": {"read": 6, "names": 2, "write": 4, "append": 4, "create": 4, "unlink": 3},
    "A2": {"read": 6, "size": 3, "names": 2, "create": 4, "unlink": 2, "rename": 6,
           "swap": 4},
    "B1": {"read": 6, "names": 2, "write": 4, "append": 4, "create": 4, "unlink": 3, "rename": 3,
           "swap": 3},
    "B2": {"read": 6, "size": 3, "names": 2, "append": 6, "create": 4, "unlink": 2, "rename": 3},
    "--": {"put": 8, "delete": 4, "replace": 1, "get": 5},
}


# --- Those who do it ------------------------------------------------------------------------------


def random_operation(dice, weights, unique):
    name = dice.choices(list(weights), list(weights.values()))[0]
    if name == "names":
        return name, [dice.choice(DIRECTORIES)]
    if name == "swap":
        return "rename", dice.sample(dice.choice(SWAPPED), 2) + dice.choice([[], ["exchange"]])
    if name in ("rename", "replace"):
        return name, dice.sample(MOVED, 2) + ([unique] if name == "replace" else [])
    names = {"write": WRITTEN, "append": WRITTEN, "size": MOVED}.get(name, WRITTEN + MOVED)
    if name in ("put", "delete", "get"):
        names = names + IN_SWAPPED
    path = dice.choice(names)
    return name, [path, unique] if name in ("write", "append", "put") else [path]


def on_a_mount(worker, mount, name, arguments):
    if name == "names":
        found = result_of(worker, mount, "listdir", arguments)
        return [one for one in found if one != ".role"] if isinstance(found, list) else found
    if name == "size":
        found = result_of(worker, mount, "stat", arguments)
        return found[2] if isinstance(found, list) else found
    if name == "create" and not model.STRICT:
        result_of(worker, mount, "stat", [""])
    return result_of(worker, mount, name, arguments)


def on_etcd(etcd, name, arguments):
    try:
        return etcd.do(name, arguments)
    except (OSError, http.client.HTTPException):
        etcd.connection.close()
        return linear.UNKNOWN


def timed(do, name, arguments):
    call = time.monotonic_ns()
    result = do(name, arguments)
    end = linear.FOREVER if result == linear.UNKNOWN else time.monotonic_ns()
    return linear.Operation(call, end, name, arguments, result)


def history_of(process, mounts, endpoint, seed):
    """What one process does, and is told."""
    dice = random.Random(f"{seed} {process}")
    if process == "--":
        etcd = patiently(Etcd, endpoint)

        def do(name, arguments):
            return on_etcd(etcd, name, arguments)
    else:
        worker = Worker(mounts)

        def do(name, arguments):
            return on_a_mount(worker, process[0], name, arguments)
    return [timed(do, *random_operation(dice, PROCESSES[process], f"<{process}{i}>"))
            for i in range(OPERATIONS)]


def in_a_process(function, *arguments):
    """Starts function(*arguments) in a process of its own; a file with what it returns, as JSON."""
    ours, theirs = os.pipe()
    if os.fork() == 0:
        status = 1
        try:
            os.close(ours)
            with os.fdopen(theirs, "w") as answer:
                json.dump(function(*arguments), answer)
            status = 0
        finally:
            os._exit(status)
    os.close(theirs)
    return os.fdopen(ours)


# --- Rounds ---------------------------------------------------------------------------------------


def patiently(function, *arguments):
    """Also while etcd is being started again."""
    until = time.monotonic() + 60
    while True:
        try:
            return function(*arguments)
        except (OSError, http.client.HTTPException):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def prepare(endpoint):
    etcd = Etcd(endpoint)
    etcd.delete_all()
    for key, data in START:
        etcd.do("put", [key, data])


def run_round(mounts, endpoint, seed):
    """One history: None, or the part of it that no order explains."""
    patiently(prepare, endpoint)
    answers = [in_a_process(history_of, process, mounts, endpoint, seed) for process in PROCESSES]
    history = []
    for answer in answers:
        with answer:
            history += [linear.Operation(*operation) for operation in json.load(answer)]
        os.wait()
    _, keys = patiently(lambda: Etcd(endpoint).everything())
    now = time.monotonic_ns()
    found = sorted([key, value.data] for key, value in keys.items())
    history.append(linear.Operation(now, now, "everything", [], found))
    return linear.unexplained(follow(history), START, step,
                              lambda operation: operation.name in OBSERVING)


def write_history(history):
    history = sorted(history, key=lambda operation: operation.call)
    start = history[0].call
    last = max(operation.end for operation in history if operation.end < linear.FOREVER)
    lines = []
    for operation in history:
        end = "-" if operation.end == linear.FOREVER else (operation.end - start) // 1000
        mark = " <- by no order" if operation.end == last else ""
        lines.append(f"{(operation.call - start) // 1000:>8} {end:>8} us "
                     f"{shlex.join([operation.name, *operation.arguments])}: "
                     f"{operation.result}{mark}")
    return "\n".join(lines)
