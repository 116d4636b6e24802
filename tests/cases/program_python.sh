#!/bin/bash
# Python's files, tempfile, shutil, json, pickle, dbm and sqlite3.
# Statements: 5, 42, 172, 173, 245, 252.
. "$(dirname "$0")/../lib/case.sh"

umask 022
start_mount

cat >"$DIR/files.py" <<'PYTHON'
import errno, fcntl, json, mmap, os, pathlib, pickle, shutil, sqlite3, sys, tarfile, tempfile, dbm.dumb

def equal(what, want, have):
    if want != have:
        sys.exit(f"{what}: expected {want!r}, got {have!r}")

def refused(what, number, function, *arguments, **keywords):
    try:
        function(*arguments, **keywords)
    except OSError as error:
        equal(what, errno.errorcode[number], errno.errorcode.get(error.errno))
    else:
        sys.exit(f"{what}: accepted")

def text(name):
    return pathlib.Path(name).read_text()

with open("file", "w") as file:
    equal("write", 4, file.write("one\n"))
with open("file", "a+") as file:
    file.write("two\n")
    file.seek(0)
    equal("a+", "one\ntwo\n", file.read())
with open("file", "r+") as file:
    file.seek(2)
    file.write("X")
    file.truncate()
equal("r+", "onX", text("file"))
refused("x", errno.EEXIST, open, "file", "x")
with open("file", "rb") as file, mmap.mmap(file.fileno(), 0, mmap.MAP_PRIVATE) as private:
    equal("mmap", b"onX", private[:])
os.utime("file", ns=(1, 1234567890123456789))
equal("utime", 1234567890123456789, os.stat("file").st_mtime_ns)

with open("new", "w") as file:
    file.write("new")
os.replace("new", "file")
equal("os.replace", ("new", False), (text("file"), os.path.exists("new")))

with tempfile.NamedTemporaryFile(dir=".", mode="w") as file:
    file.write("x")
    file.flush()
    equal("NamedTemporaryFile by its name", "x", text(file.name))
    name = file.name
equal("removed", False, os.path.exists(name))
with tempfile.TemporaryFile(dir=".") as file:
    file.write(b"xyz")
    file.seek(0)
    equal("TemporaryFile", b"xyz", file.read())
with tempfile.TemporaryDirectory(dir=".") as directory:
    os.mkdir(directory + "/sub")
    pathlib.Path(directory, "sub", "file").write_text("1")
equal("TemporaryDirectory", False, os.path.exists(directory))
equal("many names", 50, len({tempfile.mkstemp(dir=".", prefix="many")[1] for _ in range(50)}))
for path in pathlib.Path(".").glob("many*"):
    path.unlink()

source = "/usr/share/doc/bash"
shutil.copytree(source, "tree")
equal("copy2 keeps the time", os.stat(source + "/copyright").st_mtime, os.stat("tree/copyright").st_mtime)
shutil.move("tree", "moved")
shutil.copy2("moved/copyright", "moved/again")
shutil.make_archive("archive", "gztar", "moved")
shutil.unpack_archive("archive.tar.gz", "unpacked")
equal("the archive", sorted(os.listdir("moved")), sorted(os.listdir("unpacked")))
shutil.move("moved", os.environ["DIR"] + "/moved-out")
for tree in "unpacked", "tree", "moved":
    shutil.rmtree(tree, ignore_errors=tree != "unpacked")
    equal("rmtree " + tree, False, os.path.exists(tree))

data = {"a": [1, 2.5, None, "\u00e4"], "b": {"c": True}}
with open("json", "w") as file:
    json.dump(data, file)
with open("json") as file:
    equal("json", data, json.load(file))
with open("pickle", "wb") as file:
    pickle.dump(data, file)
with open("pickle", "rb") as file:
    equal("pickle", data, pickle.load(file))
with dbm.dumb.open("dbm", "c") as database:
    database["key"] = "value"
with dbm.dumb.open("dbm", "r") as database:
    equal("dbm", b"value", database["key"])

os.symlink("file", "link")
equal("symlink", "file", os.readlink("link"))
os.unlink("link")

# What cannot be done is refused.
with open("file", "r+") as file:
    refused("setxattr", errno.EOPNOTSUPP, os.setxattr, "file", "user.other", b"1")
refused("link", errno.EPERM, os.link, "file", "link")
refused("mknod", errno.EPERM, os.mknod, "device", 0o20666, os.makedev(1, 3))
refused("O_TMPFILE", errno.EOPNOTSUPP, os.open, ".", os.O_TMPFILE | os.O_RDWR)
refused("2 MiB", errno.EFBIG, pathlib.Path("big").write_bytes, bytes(2 << 20))

# sqlite, with its own locks and without.
def rows(uri):
    with sqlite3.connect(uri, uri=True, timeout=1) as database:
        database.execute("create table if not exists t (n integer)")
        database.execute("insert into t values (1)")
        count = database.execute("select count(*) from t").fetchone()[0]
    database.close()
    return count

for count in range(1, 4):
    equal("sqlite with locks", count, rows("file:locked.db"))
with open("file", "r+") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    fcntl.lockf(file, fcntl.LOCK_EX, 10)
    fcntl.lockf(file, fcntl.LOCK_UN)
for count in range(1, 4):
    equal("sqlite without locks", count, rows("file:free.db?nolock=1"))
equal("sqlite with a file for a lock", 1, rows("file:dotfile.db?vfs=unix-dotfile"))
database = sqlite3.connect("file:free.db?immutable=1", uri=True)
equal("sqlite, immutable", 3, database.execute("select sum(n) from t").fetchone()[0])
equal("integrity", "ok", database.execute("pragma integrity_check").fetchone()[0])
database.close()
database = sqlite3.connect("file:free.db?nolock=1", uri=True, isolation_level=None)
database.execute("begin")
database.execute("delete from t")
database.execute("rollback")
equal("sqlite, rolled back", 3, database.execute("select count(*) from t").fetchone()[0])
database.executescript("begin; delete from t; commit; vacuum;")
equal("sqlite, committed", 0, database.execute("select count(*) from t").fetchone()[0])
database.close()
equal("no journal is left", [], list(pathlib.Path(".").glob("*-journal")))
PYTHON
in_mount 'python3 "$DIR/files.py" 2>&1'

# Its own bytecode: written once, believed by the source's time and size.
in_mount 'echo "print(1)" >module.py; cat >$DIR/main.py <<<"import sys; sys.path.insert(0, \".\"); import module"'
run_module() { in_mount 'PYTHONDONTWRITEBYTECODE= python3 "$DIR/main.py"'; }
equal "a module" 1 "$(run_module)"
equal "its bytecode" 1 "$(in_mount 'ls __pycache__/module.*.pyc | wc -l')"
before=$(revision)
equal "again" 1 "$(run_module)"
equal "nothing is written" "$before" "$(revision)"
in_mount 'echo "print(2)" >module.py; touch -d "2001-01-01" module.py'
equal "changed" 2 "$(run_module)"
