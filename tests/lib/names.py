"""Keys of all odd kinds, through etcd and through a mount: names.py RUN MOUNTPOINT alone|together

alone: each key by itself in the root, through every operation. together: all at once in a
directory, which is found, written, copied and removed as a whole.
"""
import errno
import os
import subprocess
import sys

import kv

# Key and path, written down by hand. In the root.
PAIRS = [
    (b"plain", b"plain"),
    (b"new\nline", b"new\nline"),
    (b"\x01\x1b[31m\x7f", b"\x01\x1b[31m\x7f"),
    (b"\xff\xfe not utf-8 \xc3", b"\xff\xfe not utf-8 \xc3"),
    (b" ", b" "),
    (b"*?[a]\\", b"*?[a]\\"),
    (b"-rf", b"-rf"),
    (b"\0", b"%00"),
    (b"a\0b\0", b"a%00b%00"),
    (b"\0/\0", b"%00/%00"),
    (b"%00", b"%2500"),
    (b"%2500", b"%252500"),
    (b"%25", b"%25"),
    (b"%", b"%"),
    (b"%%", b"%%"),
    (b"100%", b"100%"),
    (b"%zz", b"%zz"),
    (b"%empty", b"%25empty"),
    (b"%value", b"%25value"),
    (b"%value/%empty", b"%25value/%25empty"),
    (b"%2E", b"%252E"),
    (b"%+", b"%25+"),
    (b"long%+", b"long%25+"),
    (b"long%+/more", b"long%25+/more"),
    (b".", b"%2E"),
    (b"..", b"%2E."),
    (b"...", b"..."),
    (b"../../etc/passwd", b"%2E./%2E./etc/passwd"),
    (b"x/./y/../z", b"x/%2E/y/%2E./z"),
    (b".etcd", b"%2Eetcd"),
    (b"y/.etcd/watch", b"y/%2Eetcd/watch"),
    (b".etcd-watch", b".etcd-watch"),
    (b"x/.etcd/since/1", b"x/%2Eetcd/since/1"),
    (b".role", b"%2Erole"),
    (b".role/x", b"%2Erole/x"),
    (b"x/.role", b"x/.role"),
    (b"/", b"%empty/%empty"),
    (b"//", b"%empty/%empty/%empty"),
    (b"/lead", b"%empty/lead"),
    (b"//lead", b"%empty/%empty/lead"),
    (b"x//y", b"x/%empty/y"),
    (b"trail/", b"trail/%empty"),
    (b"trail//", b"trail/%empty/%empty"),
    (b"n" * 255, b"n" * 255),
    (b"n" * 256, b"n" * 253 + b"%+/nnn"),
    (b"n" * 1000, (b"n" * 253 + b"%+/") * 3 + b"n" * 241),
    (b"n" * 253 + b".etcd", b"n" * 253 + b"%+/%2Eetcd"),
    (b"\0" * 100, b"%00" * 84 + b"%+/" + b"%00" * 16),
    (b"d/" * 300 + b"deep", b"d/" * 300 + b"deep"),
    ((b"w" * 200 + b"/") * 40 + b"deep", (b"w" * 200 + b"/") * 40 + b"deep"),
    (b"n" * 256 + b"/sub/deep", b"n" * 253 + b"%+/nnn/sub/deep"),
    (b"n" * 254 + b"/x/" + b"n" * 300, b"n" * 254 + b"/x/" + b"n" * 253 + b"%+/" + b"n" * 47),
    (b"both", b"both"),
    (b"both/in", b"both/in"),
    (b"both-beside", b"both-beside"),
    (b"both.beside", b"both.beside"),
    (b"both0", b"both0"),
]
# Made by a rename only: an empty file of that name is the marker of its directory.
ENDS = (b"/",)


def equal(what, expected, actual):
    if expected != actual:
        sys.exit(f"{what}: expected {expected!r}, got {actual!r}")


class At:
    """The directory of a path, however long the path is: what comes last is done in it."""

    def __init__(self, path):
        self.names = path.split(b"/")
        self.name = self.names[-1]

    def __enter__(self):
        self.dir = os.open(".", os.O_PATH | os.O_DIRECTORY)
        for name in self.names[:-1]:
            below = os.open(name, os.O_PATH | os.O_DIRECTORY, dir_fd=self.dir)
            os.close(self.dir)
            self.dir = below
        return self

    def __exit__(self, *_):
        os.close(self.dir)

    def open(self, flags):
        return os.open(self.name, flags, 0o666, dir_fd=self.dir)


def read(path):
    with At(path) as at:
        fd = at.open(os.O_RDONLY)
    with os.fdopen(fd, "rb") as file:
        equal("user.etcd.key", True, os.getxattr(fd, b"user.etcd.key") is not None)
        return file.read(), os.getxattr(fd, b"user.etcd.key")


def write(path, data, flags):
    with At(path) as at:
        fd = at.open(os.O_WRONLY | flags)
        os.write(fd, data)
        os.close(fd)


def rename(old, new):
    with At(old) as source, At(new) as target:
        os.rename(source.name, target.name, src_dir_fd=source.dir, dst_dir_fd=target.dir)


def remove(path):
    with At(path) as at:
        os.unlink(at.name, dir_fd=at.dir)


def files(top=b"."):
    """All files below: their paths, as readdir has them."""
    found = []
    for path, _, names, _ in os.fwalk(top):
        found += [os.path.relpath(path + b"/" + name, top) for name in names]
    return sorted(found)


def place(path, keys, key):
    return path + b"/%value" if any(other.startswith(key + b"/") for other in keys) else path


def one(etcd, key, path):
    """All that can be done to a file is done to that key, and no other comes or goes by it."""
    etcd.put(key, b"value")
    equal(f"listed for {key!r}", [path], [name for name in files() if name != b".role"])
    equal("read", (b"value", key), read(path))
    write(path, b"new", os.O_TRUNC)
    equal("overwritten", {key: b"new"}, etcd.all())
    write(path, b" more", os.O_APPEND)
    equal("appended", {key: b"new more"}, etcd.all())
    write(path, b"N", 0)
    equal("written in place", {key: b"New more"}, etcd.all())
    if key.endswith(ENDS):
        there_and_back_by_the_marker(etcd, key, path)
    else:
        there_and_back(etcd, key, path)
    equal("and back", {key: b"New more"}, {k: v for k, v in etcd.all().items() if v})
    remove(path)
    equal("removed", {}, {k: v for k, v in etcd.all().items() if v})
    markers(etcd.all())
    if b"/" in path:
        subprocess.run([b"rm", b"-r", b"--", path.split(b"/")[0]], check=True)
    equal("nothing is left", {}, etcd.all())


def there_and_back(etcd, key, path):
    rename(path, b"away")
    equal("renamed", b"New more", etcd.all().get(b"away"))
    equal("renamed", None, etcd.all().get(key) or None)
    rename(b"away", path)


def there_and_back_by_the_marker(etcd, key, path):
    """The last one in its directory cannot go, and where the marker is it cannot come."""
    equal("the errno as the last one", errno.EXDEV, failure(rename, path, b"away"))
    equal("nothing is renamed", {key: b"New more"}, etcd.all())
    etcd.put(key + b"beside", b"beside")
    rename(path, b"away")
    beside = {b"away": b"New more", key + b"beside": b"beside"}
    equal("renamed", beside, etcd.all())
    etcd.put(key, b"")
    equal("the errno over the marker", errno.EINVAL, failure(rename, b"away", path))
    equal("nothing is renamed", {**beside, key: b""}, etcd.all())
    equal("the errno of mkdir", errno.EINVAL, failure(make_directory, path))
    etcd.delete(key)
    rename(b"away", path)
    etcd.delete(key + b"beside")


def make_directory(path):
    with At(path) as at:
        os.mkdir(at.name, dir_fd=at.dir)


def failure(do, *what):
    try:
        do(*what)
    except OSError as error:
        return error.errno
    return None


def markers(keys):
    wrong = [key for key in keys if not key.endswith(b"/")]
    equal("only markers are left", [], wrong)


def alone(etcd):
    for key, path in PAIRS:
        one(etcd, key, path)
        if b"/" not in path:
            make(etcd, key, path)


def make(etcd, key, path):
    """What is created at a path has the key of that path."""
    write(path, b"made", os.O_CREAT | os.O_EXCL)
    equal("made", {key: b"made"}, etcd.all())
    remove(path)
    if key == b".etcd":  # the keys below it would be etcdfs' own
        equal("the errno of mkdir", errno.EINVAL, failure(make_directory, path))
        return
    make_directory(path)
    with At(path) as at:
        equal("a directory made", {key + b"/": b""}, etcd.all())
        os.rmdir(at.name, dir_fd=at.dir)
    equal("and removed", {}, etcd.all())


def below(key):
    """In a directory .role is nothing odd."""
    return b"t/" + key


def together(etcd):
    pairs = {below(key): b"t/" + path.replace(b"%2Erole", b".role") for key, path in PAIRS}
    plain = {key: path for key, path in pairs.items()
             if b"%empty" not in path.split(b"/")  # where cp has made the marker
             and path.count(b"/") < 39}  # cp walks whole paths
    whole(etcd, plain)
    subprocess.run(["cp", "-a", "t", "copy"], check=True)
    copied = {k: v for k, v in etcd.all().items() if k.startswith(b"copy/") and v}
    equal("copied", {b"copy" + key[1:]: key for key in plain}, copied)
    subprocess.run(["rm", "-r", "copy"], check=True)
    equal("the copy is removed", [], [k for k in etcd.all() if k.startswith(b"copy")])
    whole(etcd, pairs)
    found = subprocess.run(["find", "t", "-type", "f", "-print0"], check=True, capture_output=True)
    equal("find", len(pairs), found.stdout.count(b"\0"))
    subprocess.run(["rm", "-r", "t"], check=True)
    equal("all are removed", {}, etcd.all())


def whole(etcd, pairs):
    """All are there, and no other; each is read and written at its path."""
    for key in pairs:
        etcd.put(key, key)
    paths = {key: place(path, pairs, key) for key, path in pairs.items()}
    equal("listed", sorted(paths.values()), sorted(b"t/" + path for path in files(b"t")))
    before = etcd.all()
    for key, path in paths.items():
        equal("read", (key, key), read(path))
        write(path, key, os.O_TRUNC)
    equal("what is in etcd", before, etcd.all())


def refused():
    """Names that would be no key, or are nobody's to make."""
    os.mkdir("r")
    for name in (b"%value", b"%empty", b".etcd", b"x%+", b"n" * 252 + b"%+"):
        for what in (b"", b"r/"):
            error(what + name, (errno.EINVAL, errno.EPERM, errno.EACCES, errno.EISDIR))
    error(b"n" * 256, (errno.ENAMETOOLONG,))
    error(b"n" * 255 + b"%+", (errno.ENAMETOOLONG,))
    error(b"r/" * 2100 + b"x", (errno.ENAMETOOLONG,))
    os.rmdir("r")
    cut = b"n" * 253 + b"%+"
    os.mkdir(cut)
    equal("the errno of a cut directory's rename", errno.EXDEV, failure(os.rename, cut, b"other"))
    os.rmdir(cut)


def error(path, errors):
    try:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    except OSError as failure:
        equal(f"the error of {path[:300]!r}", True, failure.errno in errors)
    else:
        if path != b"r/%value":  # that is the key r
            sys.exit(f"{path[:300]!r} was made")
        os.unlink(path)


def main():
    run, mountpoint, what = sys.argv[1:]
    etcd = kv.KV(run)
    os.chdir(mountpoint)
    if what == "alone":
        alone(etcd)
        refused()
    else:
        together(etcd)
    equal("nothing is left", {}, etcd.all())


main()
