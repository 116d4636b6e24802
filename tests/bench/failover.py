"""failover.py KILLS ELECTION_MS LOGS MOUNT... PID...: kills the leader's etcd KILLS times.

It is started again at once, and may be elected again.

LOGS.I.log is that of member I's etcd, PIDs are of the supervisors. A write is tried every 20 ms,
through each of the other mounts in turn; the first that ends well counts. Those that were sent into
the gap wait until their timeout.
"""
import datetime
import itertools
import json
import os
import pathlib
import select
import signal
import statistics
import subprocess
import sys
import threading
import time

ROUND_S = 60
WRITES_MAX = 300  # that wait at a time


def now_ms():
    return time.time() * 1000


class Roles:
    """The words of all mounts, each with the time at which it came."""

    def __init__(self, mounts):
        self.files = [os.open(f"{mount}/.role", os.O_RDONLY) for mount in mounts]
        self.words = [None] * len(mounts)
        self.history = []
        self.changed = threading.Condition()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        poll = select.poll()
        for fd in self.files:
            poll.register(fd, select.POLLPRI)
        while True:
            for index, fd in enumerate(self.files):
                self.take(index, os.pread(fd, 64, 0).decode().strip(), now_ms())
            poll.poll(1000)

    def take(self, index, word, at):
        with self.changed:
            if word != self.words[index]:
                self.words[index] = word
                self.history.append((at, index, word))
                self.changed.notify_all()

    def wait(self, what, condition):
        with self.changed:
            if not self.changed.wait_for(condition, ROUND_S):
                sys.exit(f"{what}: not within {ROUND_S} s: {self.words}")

    def is_settled(self):
        return sorted(map(str, self.words)) == ["follower", "follower", "leader"]

    def leader_since(self, since):
        return next((entry for entry in self.history
                     if entry[0] >= since and entry[2] == "leader"), None)


class Writes:
    """Tries to write until it is ended; done_ms is when the first that worked ended."""

    def __init__(self, mounts, name):
        self.done_ms = None
        self.ended = threading.Event()
        self.places = threading.Semaphore(WRITES_MAX)
        threading.Thread(target=self.run, args=(mounts, name), daemon=True).start()

    def run(self, mounts, name):
        for number, mount in enumerate(itertools.cycle(mounts)):
            if self.ended.wait(0.02):
                return
            self.places.acquire()
            path = f"{mount}/{name}-{number % 400}"
            threading.Thread(target=self.attempt, args=(path,), daemon=True).start()

    def attempt(self, path):
        try:
            with open(path, "w", encoding="ascii") as file:
                file.write("x\n")
        except OSError:
            return
        finally:
            self.places.release()
        if not self.ended.is_set():
            self.done_ms = now_ms()
            self.ended.set()


def etcd_of(supervisor):
    return int(subprocess.run(["pgrep", "-P", str(supervisor), "-x", "etcd"], check=True,
                              capture_output=True).stdout.split()[0])


def became_leader_ms(log, since):
    """When etcd wrote so, first after @since."""
    for line in pathlib.Path(log).read_text(encoding="utf-8", errors="replace").splitlines():
        if "became leader" in line:
            ts = datetime.datetime.fromisoformat(json.loads(line)["ts"]).timestamp() * 1000
            if ts >= since - 1:
                return ts
    return None


def kill_leader(roles, mounts, pids, logs, number):
    roles.wait("one leader, two followers", roles.is_settled)
    time.sleep(0.5)
    roles.wait("one leader, two followers", roles.is_settled)
    old = roles.words.index("leader")
    others = [mount for index, mount in enumerate(mounts) if index != old]
    etcd = etcd_of(pids[old])
    began = now_ms()
    os.kill(etcd, signal.SIGKILL)
    writes = Writes(others, f"write-{number}")
    roles.wait("a new leader", lambda: roles.leader_since(began))
    shown, new, _ = roles.leader_since(began)
    if not writes.ended.wait(ROUND_S):
        sys.exit(f"no write within {ROUND_S} s")
    elected = became_leader_ms(f"{logs}.{new}.log", began)
    print(f"kill {number + 1}: .role {shown - began:.0f} ms, "
          f"write {writes.done_ms - began:.0f} ms, member {old} to {new}", file=sys.stderr)
    fell = next(at for at, index, _ in roles.history if at >= began and index == old)
    return (shown - began, writes.done_ms - began, shown - elected if elected else None,
            fell - began, new != old)


def report(what, took, election_ms):
    took = sorted(value for value in took if value is not None)
    p50 = statistics.median(took)
    print(f"{what:44} p50 {p50:6.0f} ms   worst {took[-1]:6.0f} ms   of {len(took)}"
          f"   ({p50 / election_ms:.2f} and {took[-1] / election_ms:.2f} election timeouts)")


def main():
    kills, election_ms, logs = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    members = (len(sys.argv) - 4) // 2
    mounts, pids = sys.argv[4:4 + members], [int(pid) for pid in sys.argv[4 + members:]]
    roles = Roles(mounts)
    took = [kill_leader(roles, mounts, pids, logs, number) for number in range(kills)]
    columns = list(zip(*took))
    report("kill to the new leader's .role", columns[0], election_ms)
    report("kill to the first write through another mount", columns[1], election_ms)
    report("etcd's 'became leader' to .role", columns[2], election_ms)
    report("kill to the old leader's .role", columns[3], election_ms)
    others = sum(columns[4])
    print(f"another member was elected {others} times, the same one, started again, "
          f"{kills - others} times")


main()
