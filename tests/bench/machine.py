"""What a run needs of this machine: builds, processes, mounts. None of it is left behind."""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
GOCODE = pathlib.Path("/usr/share/gocode")
TARGETS = [f"tests/bench/{name}"
           for name in ("load", "handover", "null_fuse", "etcd_bench", "event_bench")]
START_S = 60  # what a start may take; a mount of many keys has MANY_S
MANY_S = 600


class Failure(Exception):
    """What is told to the user in one line."""


# --- Packages and builds ---

def install():
    command = ["bash", "-c", ". tests/lib/packages.sh; packages_install $PACKAGES_RUN"
               " $PACKAGES_BUILD $PACKAGES_BENCH", "tests/bench/run"]
    if subprocess.run(command, cwd=TOP, check=False).returncode:
        raise Failure("not all packages are there")


def build_step(log, *command, **env):
    with open(log, "ab") as file:
        done = subprocess.run(command, cwd=TOP, env=os.environ | env, stdout=file, stderr=file,
                              check=False)
    if done.returncode:
        raise Failure(f"{' '.join(map(str, command[:3]))} failed; its words are in {log}")


def check_is_release(build):
    said = subprocess.run(["meson", "introspect", "--buildoptions", build], capture_output=True,
                          text=True, check=False).stdout
    if '"value": "release"' not in said:
        raise Failure(f"{build} is no release build: --build names another directory")


def build_all(build):
    """The release build of etcdfs and of the tools, and the Go client. Where the latter is."""
    tools = build / "bench"
    log = tools / "build.log"
    tools.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    if not (build / "build.ninja").exists():
        build_step(log, "meson", "setup", "--buildtype=release", build)
    check_is_release(build)
    build_step(log, "ninja", "-C", build, "supervisor/etcdfs", *TARGETS)
    source = (TOP / "tests/bench/rival.go").read_text()
    if (GOCODE / "src/go.etcd.io/etcd/client/v3").is_dir():  # from etcd 3.5 on
        source = source.replace('"go.etcd.io/etcd/clientv3', '"go.etcd.io/etcd/client/v3')
    (tools / "rival.go").write_text(source)
    build_step(log, "go", "build", "-o", tools / "rival", tools / "rival.go", GO111MODULE="off",
               GOFLAGS="", GOPATH=str(GOCODE), GOCACHE=str((tools / "gocache").resolve()))
    return tools


# --- Processes ---

class Machine:
    """A directory, and all processes and mounts in it; close() ends what is left of them."""

    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="kv."))  # short: a socket's path has 107
        self.log = self.dir / "log"
        self.stack = contextlib.ExitStack()
        self.stack.callback(shutil.rmtree, self.dir, ignore_errors=True)
        self.stack.callback(self.abort_mounts)
        self.env = dict(os.environ, HOME=str(self.dir), ETCDCTL_API="3",
                        XDG_STATE_HOME=f"{self.dir}/state", XDG_RUNTIME_DIR=f"{self.dir}/run")
        (self.dir / "run").mkdir(0o700)

    def close(self):
        self.stack.close()

    def run(self, *command, place=None, seconds=120):
        """Its output."""
        command = [str(word) for word in command]
        if place:
            command = ["env", "-C", str(place), *command]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=self.env, stdin=subprocess.DEVNULL) as process:
            try:
                said, words = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                self.kill(process)
                raise Failure(f"not over within {seconds} s: {' '.join(command)}") from None
            except BaseException:
                self.kill(process)
                raise
        if process.returncode:
            raise Failure(f"{' '.join(command)}: status {process.returncode}: {words.strip()}")
        return said

    def kill(self, process):
        """Whoever hangs in a mount is freed by ending the connection."""
        process.kill()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            self.abort_mounts()
            process.wait()

    def spawn(self, *command, **options):
        """In a session of its own, where Ctrl-C does not reach it; it ends with this process."""
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *map(str, command)], env=self.env,
                start_new_session=True, stdin=subprocess.DEVNULL,
                **{"stdout": log, "stderr": log, **options})

    def end(self, process, seconds=START_S):
        if process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill(process)

    def wait(self, what, condition, process, seconds=START_S):
        until = time.monotonic() + seconds
        while not condition():
            if process.poll() is not None:
                raise Failure(f"{what}: ended at its start:\n{self.log.read_text()[-2000:]}")
            if time.monotonic() > until:
                raise Failure(f"{what}: not within {seconds} s")
            time.sleep(0.002)

    def mounts(self):
        for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
            fields = line.split()
            if (fields[4] + "/").startswith(f"{self.dir}/"):
                yield fields[2].split(":")[1], fields[4]

    def abort_mounts(self):
        for minor, path in list(self.mounts()):
            with contextlib.suppress(OSError):
                pathlib.Path(f"/sys/fs/fuse/connections/{minor}/abort").write_text("1")
            for command in (["umount", "-cfl", path], ["fusermount3", "-uz", path]):
                if not subprocess.run(command, capture_output=True, check=False).returncode:
                    break

    def is_mounted(self, path):
        return any(at == str(path) for _, at in self.mounts())

    def reads(self, path):
        """The file's content, or None; a mount that does not answer is no trap."""
        done = subprocess.run(["timeout", "10", "cat", path], capture_output=True, check=False)
        return None if done.returncode else done.stdout.decode()


def children(pid, name):
    """Those of process @pid that are called @name."""
    said = subprocess.run(["pgrep", "-P", str(pid), "-x", name], capture_output=True, text=True,
                          check=False).stdout
    return [int(word) for word in said.split()]


def processor_us(pid):
    """What all threads of the process have used."""
    return sum(int(path.read_text().split()[0])
               for path in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1000


def anonymous_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise Failure(f"process {pid} is gone")


# --- Mounts ---

class Mount:
    """An etcdfs in the foreground, on a directory of its own."""

    def __init__(self, machine, etcdfs, *arguments):
        self.machine = machine
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="m.", dir=machine.dir))
        self.began = time.monotonic()
        self.process = machine.spawn(etcdfs, "-f", *arguments, self.path)

    def wait(self, file, seconds=START_S):
        """Until @file can be read. Returns how long that was from the start."""
        self.machine.wait(f"{file} of the mount", lambda: self.machine.is_mounted(self.path) and
                          self.machine.reads(self.path / file), self.process, seconds)
        return time.monotonic() - self.began

    def filesystem(self):
        return children(self.process.pid, "etcdfs")[0]

    def end(self):
        self.machine.end(self.process)


class World:
    """One etcdfs with its etcd, and the further mounts of that etcd."""

    def __init__(self, machine, etcdfs):
        self.machine, self.etcdfs, self.seeded = machine, etcdfs, 0
        name = f"t-{machine.dir.name[3:]}-{len(list(machine.dir.glob('data-*')))}"
        base = pathlib.Path("/run" if os.geteuid() == 0 else machine.env["XDG_RUNTIME_DIR"])
        self.endpoint = f"unix://{base}/etcdfs/{name}/client:0"
        data = machine.dir / f"data-{name}"
        data.mkdir(0o700)
        self.main = Mount(machine, etcdfs, "-e", f"name={name}", "-e", f"data-dir={data}")
        machine.stack.callback(self.main.end)
        machine.wait("a leader", self.leads, self.main.process)
        self.further = {}

    def leads(self):
        return (self.machine.reads(self.main.path / ".role") or "").strip() == "leader"

    def start(self, option):
        """One more mount of the same etcd; the caller ends it."""
        options = [f'endpoints="{self.endpoint}"', *filter(None, [option])]
        return Mount(self.machine, self.etcdfs, "-o", ",".join(options))

    def mount(self, option):
        """The mount with @option, which lives until end_further(); "": the main one."""
        if not option:
            return self.main
        if option not in self.further:
            self.further[option] = self.start(option)
            self.further[option].wait(".role")
        return self.further[option]

    def end_further(self):
        while self.further:
            self.further.popitem()[1].end()

    def etcd(self):
        return children(self.main.process.pid, "etcd")[0]


class NullFuse:
    def __init__(self, machine, tools, *options):
        self.machine = machine
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="null.", dir=machine.dir))
        self.process = machine.spawn(tools.parent / "tests/bench/null_fuse", self.path, *options)
        machine.wait("the null FUSE", lambda: machine.is_mounted(self.path), self.process)

    def end(self):
        self.machine.end(self.process)


def busy():
    """Words if other work makes figures worthless."""
    load = os.getloadavg()[0]
    if load < 0.7:
        return ""
    return f"the machine is busy (load {load:.1f}): these figures say little"


def warn(words):
    if words:
        print(f"tests/bench/run: {words}", file=sys.stderr)
