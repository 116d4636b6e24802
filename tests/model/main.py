"""The model test: main.py ENDPOINT MOUNT MOUNT [OPTION...], on an etcd that has nothing else.

What is random follows from the seed, which is printed: but not what the kernel and etcd make of it.
"""
import argparse
import random
import sys
import time

import model
import rounds
import sequential
from etcd import Etcd


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("endpoint")
    parser.add_argument("mount", nargs=2)
    parser.add_argument("--seed", type=int, action="append", default=[])
    parser.add_argument("--random", type=int, default=0, metavar="N", help="so many more seeds")
    parser.add_argument("--operations", type=int, default=1000, help="for each seed")
    parser.add_argument("--seconds", type=float, default=1e9, help="no more seed after these")
    parser.add_argument("--rounds", type=int, default=0,
                        help="of several processes at once, for each seed, instead")
    parser.add_argument("--replay", metavar="FILE", help="operations as a failure prints them")
    parser.add_argument("--strict", action="store_true", help="no barrier before a lookup")
    return parser.parse_args()


def say(text):
    print(text, flush=True)


def report(failure, operations, whole):
    say(f"--- {'shrunk to' if whole else 'not seen again;'} {len(operations)} operations: "
        "worker, mount, operation (- is etcd)")
    say(sequential.write_script(operations, failure) + "---")


def run_seed(bench, seed, count):
    """Whether all is as the model says."""
    for part in range(0, count, sequential.LENGTH):
        length = min(sequential.LENGTH, count - part)
        failure, operations = sequential.run_random(bench, f"{seed} {part}", length)
        if not failure:
            continue
        bench.end_workers()
        say(f"seed {seed}: operation {part + failure.index}: expected {failure.expected}, "
            f"found {failure.found}")
        if sequential.is_slow(bench, failure, operations):
            say("not again: the machine was slow")
            continue
        report(*sequential.shrink(bench, failure, operations))
        return False
    return True


def run_rounds(mounts, endpoint, seed, count):
    for number in range(count):
        history = rounds.run_round(mounts, endpoint, f"{seed} {number}")
        if history:
            say(f"seed {seed}: round {number}: no order explains what was called and told:")
            say(rounds.write_history(history))
            return False
    return True


def replay(bench, path):
    with open(path, encoding="utf-8") as file:
        operations = sequential.read_script(file.read())
    failure, operations = sequential.run_again(bench, operations, 5)
    if failure:
        report(failure, operations, True)
    return not failure


def main():
    options = arguments()
    model.STRICT = options.strict
    mounts = dict(zip("AB", options.mount))
    bench = None if options.rounds else sequential.Bench(mounts, Etcd(options.endpoint))
    if options.replay:
        sys.exit(0 if replay(bench, options.replay) else 1)
    dice = random.Random(*options.seed[:1])  # the first seed decides which come after it
    seeds = options.seed + [dice.randrange(10**6) for _ in range(options.random)]
    begin, done, bad = time.monotonic(), 0, []
    for seed in seeds:
        if time.monotonic() - begin > options.seconds:
            break
        done += 1
        if options.rounds:
            good = run_rounds(mounts, options.endpoint, seed, options.rounds)
        else:
            good = run_seed(bench, seed, options.operations)
        if not good:
            bad.append(seed)
    if bench:
        bench.end_workers()
    seconds = time.monotonic() - begin
    each = f"{options.rounds} rounds" if options.rounds else f"{options.operations} operations"
    say(f"{done} seeds, {each} each, {seconds:.0f} s; bad: {bad}")
    sys.exit(1 if bad else 0)


main()
