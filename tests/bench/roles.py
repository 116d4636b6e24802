"""roles.py rounds MEMBERS HUB LOG [ROUNDS [SEED]] | healthy MEMBERS HUB LOG [SECONDS]: see roles.

MEMBERS is a file with a line "PID MOUNT NETWORK" for each. The pid is the supervisor's; it is
written again at the end, as some were started anew. HUB is the network namespace of the bridge,
with a port mI for member I; LOG is where members write.
"""
import os
import random
import signal
import statistics
import subprocess
import sys
import time

import leaders

SETTLE_S = 60
HOLD_S = (1.5, 3.0)  # the faults last so long: an election or two
OFFSET_S = 0.4  # the second fault comes that much later at most


def run(*args):
    return subprocess.run(args, check=False, capture_output=True, text=True)


def qdiscs(delay_ms):
    """What makes a link slow: netem; where the kernel has none, a rate at which packets queue."""
    yield ["netem", "delay", f"{delay_ms}ms", f"{delay_ms // 2}ms"]
    yield ["tbf", "rate", f"{6400 // delay_ms}kbit", "burst", "1600",
           "latency", f"{2 * delay_ms}ms"]


class Member:
    def __init__(self, index, line, hub, log):
        self.pid, self.mount, self.network = line.split()
        self.pid = int(self.pid)
        self.index, self.hub, self.log = index, hub, log
        self.command = open(f"/proc/{self.pid}/cmdline", "rb").read().split(b"\0")[:-1]
        self.heals = []

    def child(self, name):
        pids = run("pgrep", "-P", str(self.pid), "-x", name).stdout.split()
        return int(pids[0]) if pids else 0

    def send(self, number, *pids):
        for pid in pids:
            if pid:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass

    def word(self):
        try:
            with open(f"{self.mount}/.role", encoding="ascii") as file:
                return file.read().strip()
        except OSError:
            return "gone"

    def term(self):
        return int(os.getxattr(f"{self.mount}/.role", "user.etcd.term"))

    # --- What is done to it; heal() undoes it.

    def stop(self, *pids):
        self.send(signal.SIGSTOP, *pids)
        self.heals.append(lambda: self.send(signal.SIGCONT, *pids))

    def stop_etcd(self):
        self.stop(self.child("etcd"))

    def stop_supervisor(self):
        self.stop(self.pid)

    def stop_both(self):
        self.stop(self.pid, self.child("etcd"))

    def kill_etcd(self):
        self.send(signal.SIGKILL, self.child("etcd"))

    def kill_filesystem(self):
        self.send(signal.SIGKILL, self.child("etcdfs"))

    def cut(self):
        run("ip", "-n", self.hub, "link", "set", f"m{self.index}", "down")
        self.heals.append(
            lambda: run("ip", "-n", self.hub, "link", "set", f"m{self.index}", "up"))

    def cut_and_stop_supervisor(self):
        self.cut()
        self.stop_supervisor()

    def end(self):
        self.send(signal.SIGTERM, self.pid)
        self.heals.append(self.start)

    def slow(self, delay_ms):
        for where, device in (self.hub, f"m{self.index}"), (self.network, "eth"):
            tc = ["ip", "netns", "exec", where, "tc", "qdisc"]
            any(run(*tc, "add", "dev", device, "root", *kind).returncode == 0
                for kind in qdiscs(delay_ms))
            self.heals.append(lambda tc=tc, device=device: run(*tc, "del", "dev", device, "root"))

    def start(self):
        until = time.monotonic() + SETTLE_S
        while os.path.exists(f"/proc/{self.pid}/exe") and time.monotonic() < until:
            time.sleep(0.05)
        with open(self.log, "ab") as log:
            self.pid = subprocess.Popen(
                ["nsenter", f"--net=/run/netns/{self.network}", *self.command], stdout=log,
                stderr=log, stdin=subprocess.DEVNULL, start_new_session=True).pid

    def heal(self):
        while self.heals:
            self.heals.pop()()


TO_THE_LEADER = ["stop_etcd", "stop_supervisor", "stop_both", "kill_etcd", "kill_filesystem", "cut",
                 "cut_and_stop_supervisor", "end"]
TO_ANOTHER = ["stop_etcd", "stop_both", "kill_etcd", "cut", "end"]
DELAYS_MS = [20, 50, 100, 200]


class Cluster:
    def __init__(self, path, hub, log):
        self.path = path
        with open(path, encoding="ascii") as file:
            self.members = [Member(index, line, hub, log) for index, line in enumerate(file)]
        self.watch = leaders.Watch([member.mount for member in self.members])

    def words(self):
        return [member.word() for member in self.members]

    def is_settled(self):
        return sorted(self.words()) == ["follower"] * (len(self.members) - 1) + ["leader"]

    def settle(self):
        until = time.monotonic() + SETTLE_S
        calm = 0
        while calm < 3:
            if time.monotonic() > until:
                raise SystemExit(f"not settled within {SETTLE_S} s: {self.words()}")
            calm = calm + 1 if self.is_settled() else 0
            self.drain(0.1)

    def drain(self, seconds):
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            for _ in self.watch.take(left):
                pass

    def leader(self):
        return self.members[self.words().index("leader")]

    def finish(self):
        for member in self.members:
            member.heal()
        for _ in self.watch.stop():
            pass
        with open(self.path, "w", encoding="ascii") as file:
            for member in self.members:
                print(member.pid, member.mount, member.network, file=file)


def play(cluster, dice):
    """One round; what was done, in words."""
    cluster.settle()
    first = cluster.leader()
    done = []
    slowed = dice.choice(["none", "none", "leader", "all"])
    if slowed != "none":
        delay = dice.choice(DELAYS_MS)
        for member in cluster.members if slowed == "all" else [first]:
            member.slow(delay)
        done.append(f"{slowed} slow by {delay} ms")
        cluster.drain(dice.uniform(0.2, 1))
    steps = [(0, first, dice.choice(TO_THE_LEADER))]
    if dice.random() < 0.5:
        other = dice.choice([member for member in cluster.members if member is not first])
        steps.append((dice.uniform(-OFFSET_S, OFFSET_S), other, dice.choice(TO_ANOTHER)))
    steps.sort(key=lambda step: step[0])
    for at, (when, member, what) in enumerate(steps):
        if at:
            cluster.drain(when - steps[0][0])
        getattr(member, what)()
        done.append(f"{what} {member.index}")
    cluster.drain(dice.uniform(*HOLD_S))
    for member in cluster.members:
        member.heal()
    return ", ".join(done)


def gaps(words):
    """From the last reading of one leader to the first of the next, another one: since, for ms."""
    led = sorted((first, last, index) for index, word, first, last in words if word == "leader")
    return [(old[1], new[0] - old[1]) for old, new in zip(led, led[1:]) if old[2] != new[2]]


def round_at(played, when):
    return next((text for began, text in reversed(played) if began <= when), "the start")


def show_gaps(what, gaps_ms):
    if gaps_ms:
        print(f"the gap between two leaders, {what}: least {min(gaps_ms):.0f} ms, "
              f"p50 {statistics.median(gaps_ms):.0f} ms, most {max(gaps_ms):.0f} ms, "
              f"of {len(gaps_ms)}")


def rounds(cluster, count=200, seed=None):
    seed = int(seed or time.time())
    dice = random.Random(seed)
    count, played = int(count), []
    print(f"{count} rounds, seed {seed}", flush=True)
    try:
        for number in range(count):
            began = leaders.now_ms()
            played.append((began, play(cluster, dice)))
            print(f"{number + 1}: {played[-1][1]}", file=sys.stderr, flush=True)
        cluster.settle()
    finally:
        cluster.finish()
    found = list(leaders.overlaps(cluster.watch.words))
    for old, new, at, length in found:
        print(f"overlap of {old} and {new} for {length:.1f} ms: {round_at(played, at)}")
    ended = {True: [], False: []}
    for since, length in gaps(cluster.watch.words):
        ended["end" in round_at(played, since)].append(length)
    show_gaps("where one was ended on purpose", ended[True])
    show_gaps("where none was", ended[False])
    print(f"{len(played)} rounds, {len(found)} overlaps")
    return bool(found)


def healthy(cluster, seconds=600):
    cluster.settle()
    leader, until = cluster.leader(), time.monotonic() + int(seconds)
    term, busy = leader.term(), []
    try:
        for _ in range(os.cpu_count()):
            busy.append(subprocess.Popen(
                ["timeout", str(seconds), "sh", "-c", "while :; do :; done"]))
        while (left := until - time.monotonic()) > 0:
            cluster.drain(min(left, 1))
    finally:
        for process in busy:
            process.terminate()
        cluster.drain(1)
        term_after = max(member.term() for member in cluster.members)
        cluster.finish()
    for index, word, first, last in cluster.watch.words:
        print(f"{index} {word} {first:.0f} {last:.0f}")
    lapses = [last - first for index, word, first, last in cluster.watch.words
              if index == leader.index and word not in ("leader", "follower")]
    print(f"{seconds} s, {os.cpu_count()} busy loops: {term_after - term} elections; the mount "
          f"that led said something else than leader and follower {len(lapses)} times, "
          f"{sum(lapses):.0f} ms in all")
    return bool(lapses and term == term_after)


def main():
    mode, path, hub, log, *rest = sys.argv[1:]
    sys.exit({"rounds": rounds, "healthy": healthy}[mode](Cluster(path, hub, log), *rest))


main()
