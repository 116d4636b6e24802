"""readable.py RUN [ROUNDS]: with etcd's private socket in RUN it changes what is in d/ of the mount
($MNT), where d/count is 0, and judges what is read on each event."""
import os
import sys

import inotify
import kv

ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 300
os.chdir(os.environ["MNT"] + "/d")
etcd = kv.KV(sys.argv[1])
watch = inotify.Inotify()
watch.add(".", inotify.CREATE | inotify.MODIFY | inotify.CLOSE_WRITE | inotify.DELETE)
told = []

def events_until(name, mask):
    """What comes up to an event of the name with that bit, which has to."""
    while True:
        while told:
            _, got, named = told.pop(0)
            if named == name and got & mask:
                return
        assert watch.wait(20), f"no event {inotify.words(mask)} of {name}"
        told.extend(watch.read())

for i in range(1, ROUNDS + 1):
    etcd.put("d/count", i)
    events_until("count", inotify.MODIFY)
    assert open("count").read() == str(i), f"MODIFY {i}: the old value"
    assert os.stat("count").st_size == len(str(i)), f"MODIFY {i}: the old size"
    events_until("count", inotify.CLOSE_WRITE)
for i in range(ROUNDS * 2 // 3):
    name = f"new-{i}"
    etcd.put("d/" + name, "x" * i)
    events_until(name, inotify.CREATE)
    assert os.stat(name).st_size == i, "CREATE: another size"
    assert name in os.listdir(), "CREATE: not in the listing"
    assert open(name).read() == "x" * i, "CREATE: another value"
    events_until(name, inotify.CLOSE_WRITE)
    etcd.delete("d/" + name)
    events_until(name, inotify.DELETE)
    assert not os.path.exists(name), "DELETE: it is still there"
    assert name not in os.listdir(), "DELETE: still in the listing"
for i in range(ROUNDS // 6):
    name = f"dir-{i}"
    etcd.put(f"d/{name}/key", i)
    events_until(name, inotify.CREATE)
    assert open(f"{name}/key").read() == str(i), "CREATE of a directory: what is in it is not there"
    etcd.delete(f"d/{name}/key")
    events_until(name, inotify.DELETE)
    assert not os.path.exists(name), "DELETE of a directory: it is still there"

# In a storm: what is read on an event never goes back, and ends at the last.
pid = os.fork()
if pid == 0:
    kv.storm(kv.KV(sys.argv[1]), "d/many-", 10, ROUNDS * 10)
    os._exit(0)
seen = {}
while len(seen) < 10 or min(seen.values()) <= ROUNDS * 10 - 10:
    assert watch.wait(20), f"no event, and this is seen: {seen}"
    for name in {named for _, _, named in watch.read() if named.startswith("many-")}:
        value = int(open(name).read())
        assert value >= seen.get(name, 0), f"{name} went back from {seen[name]} to {value}"
        seen[name] = value
os.waitpid(pid, 0)
