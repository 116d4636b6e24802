"""One operation at a time, by one of several processes on one of two mounts or by an etcd client:
each result, and now and then the whole keyspace, must be what the model says."""
import random
import shlex
import time
from collections import namedtuple

from generate import Generator
from model import Model
from worker import Process

WORKERS = ["0", "1", "2"]
LENGTH = 200  # operations from one empty keyspace to the next
COMPARE = 25  # so many operations after the other the keyspace is compared

Failure = namedtuple("Failure", "index expected found")


class Bench:
    """Two mounts, some workers and an etcd client, on a keyspace that is empty at each start."""

    def __init__(self, mounts, etcd):
        self.mounts, self.etcd = mounts, etcd
        self.workers = {}

    def start(self):
        """A new model, for what is there now: nothing."""
        if not self.workers:
            for name in WORKERS:
                self.workers[name] = Process(self.mounts, self.workers.values())
        revision = self.etcd.delete_all()
        for mount in self.mounts:
            self.workers[WORKERS[0]].do(mount, "stat", "")
        return Model(self.mounts, revision)

    def end_workers(self):
        """Their files are closed with them, and what that publishes has no key any more."""
        self.etcd.delete_all()
        for worker in self.workers.values():
            worker.end()
        self.workers = {}

    def do(self, operation, model):
        """What the operation gives, and what the model says that it must; None: nothing was done.
        """
        worker, mount, name, *arguments = operation
        barrier = mount != "-" and model.wants_barrier(operation)
        settle = model.settles(operation)
        if name == "expect":
            arguments[1] = str(model.expected_revision(*arguments[:2]))
        revision = model.revision
        if mount == "-":
            expected = model.step((worker, mount, name, *arguments))
            return expected, self.etcd.do(name, arguments)
        expected = model.step(operation)
        if expected is None:
            return None
        if barrier:
            self.workers[worker].do(mount, "stat", "")
            model.gone[mount].clear()
        found = self.workers[worker].do(mount, name, *arguments)
        if found == "ESTALE" and expected != found:  # a path that is walked by old names (60)
            found = self.workers[worker].do(mount, name, *arguments)
        if found == self.etcd.lease:
            found = "1"
        if settle and model.revision > revision:
            model.step((worker, mount, "stat", settle))
            self.workers[worker].do(mount, "stat", settle)
        return expected, found

    def compare(self, model):
        """The keyspace against the model's."""
        return (model.revision, model.keys), self.etcd.everything()


def is_as_expected(expected, found):
    if isinstance(expected, list) and expected and isinstance(expected[-1], set):
        return expected[:-1] == found[:-1] and found[-1] in expected[-1]
    return expected == found


def run(bench, next_operation, length, done):
    """Does what next_operation(model) gives, and notes it in @done. None, or the Failure."""
    model = bench.start()
    for index in range(length + 20):
        operation = next_operation(model) if index < length else closing(model)
        if operation is None:
            break
        result = bench.do(operation, model)
        done.append(operation)
        if result and not is_as_expected(*result):
            return Failure(len(done) - 1, *result)
        if index % COMPARE == COMPARE - 1 or not (index < length or model.files):
            expected, found = bench.compare(model)
            if expected != found:
                return Failure(len(done) - 1, *differences(expected, found))
    return None


def closing(model):
    """All files are closed at the end."""
    slot = next(iter(model.files), None)
    return slot and (model.files[slot].worker, model.files[slot].mount, "close", slot)


def differences(expected, found):
    """What is not the same in two (revision, keys)."""
    keys = [key for key in {**expected[1], **found[1]} if expected[1].get(key) != found[1].get(key)]
    return tuple(f"revision {revision}" + "".join(f"; {key}: {values.get(key)}" for key in keys)
                 for revision, values in (expected, found))


# --- Sequences -----------------------------------------------------------------------------------


def run_random(bench, seed, length):
    """The Failure and the operations that led to it; (None, operations)."""
    dice = random.Random(seed)
    generator = None

    def next_operation(model):
        nonlocal generator
        generator = generator or Generator(dice, model, WORKERS, list(bench.mounts))
        return generator.next()

    done = []
    failure = run(bench, next_operation, length, done)
    return failure, done


def run_script(bench, operations):
    """The same operations once more."""
    rest = iter(operations)
    done = []
    failure = run(bench, lambda model: next(rest, None) or closing(model), len(operations), done)
    if failure:
        bench.end_workers()
    return failure, done


def kind(failure, operations):
    """What makes two failures the same."""
    def word(result):
        return result if isinstance(result, str) and result.isalpha() else type(result).__name__
    return operations[failure.index][2], word(failure.expected), word(failure.found)


def run_again(bench, operations, tries, wanted=None):
    """One of @tries runs that fails: what fails depends on what the mounts have seen by then."""
    for _ in range(tries):
        failure, done = run_script(bench, operations)
        if failure and wanted in (None, kind(failure, done)):
            return failure, done[:failure.index + 1]
    return None, operations


def shrink(bench, failure, operations, seconds=120):
    """Leaves out what can be left out: the shortest found that still fails, and its failure."""
    until = time.monotonic() + seconds
    wanted = kind(failure, operations)
    operations = operations[:failure.index + 1]
    again, shorter = run_again(bench, operations, 5, wanted)
    if not again:
        return failure, operations, False
    failure, operations = again, shorter
    size = max(1, len(operations) // 2)
    while size and time.monotonic() < until:
        at, smaller = len(operations), False
        while at > 0 and time.monotonic() < until:
            at -= size
            rest = operations[:max(at, 0)] + operations[max(at, 0) + size:]
            again, shorter = run_again(bench, rest, 2 if len(rest) < 50 else 1, wanted)
            if again:
                failure, operations, smaller = again, shorter, True
                at = min(at, len(operations))
        if size > 1 or not smaller:
            size //= 2
    return failure, operations, True


def is_slow(bench, failure, operations):
    """ETIMEDOUT is what a machine that is overloaded gives; but not twice at the same place."""
    if failure.found != "ETIMEDOUT":
        return False
    again, _ = run_script(bench, operations)
    return not again


# --- Scripts, as they are printed and read -----------------------------------------------------


def write_script(operations, failure):
    lines = [shlex.join(operation) for operation in operations]
    return "\n".join(lines) + f"\n# expected {failure.expected}\n# found    {failure.found}\n"


def read_script(text):
    lines = [shlex.split(line, comments=True) for line in text.splitlines()]
    return [tuple(line) for line in lines if line]
