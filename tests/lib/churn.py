"""churn.py MOUNT COUNT SEED RESULT: makes COUNT random changes, several at a time, then writes the
tree to RESULT (JSON)."""
import errno
import json
import os
import random
import shutil
import sys

# What a random operation may meet. Anything else is an error of the mount.
USUAL = {errno.ENOENT, errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR, errno.EISDIR, errno.EINVAL,
         errno.EXDEV, errno.ESTALE}


WRITERS = 4


def random_path(dice, depth, last):
    parts = [f"d{dice.randrange(4)}" for _ in range(dice.randrange(depth + 1))]
    return "/".join(parts + [last])


def a_file(dice):
    return random_path(dice, 3, f"f{dice.randrange(8)}")


def a_directory(dice):
    return random_path(dice, 2, f"d{dice.randrange(4)}")


def write(path, text, mode="w"):
    with open(path, mode, encoding="utf-8") as file:
        file.write(text)


def write_below(path, text):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    write(path, text)


def remove_tree(path):
    """A directory that others replace meanwhile is taken for a link, without an errno."""
    try:
        shutil.rmtree(path)
    except OSError as error:
        raise error if error.errno else OSError(errno.ENOENT, str(error)) from error


def replace_directory_by_file(path, text):
    remove_tree(path)
    write(path, text)


CHANGES = [
    (40, lambda dice, text: write(a_file(dice), text)),
    (15, lambda dice, text: write_below(a_file(dice), text)),
    (8, lambda dice, text: write(a_file(dice), text, "a")),
    (16, lambda dice, text: os.unlink(a_file(dice))),
    (8, lambda dice, text: os.mkdir(a_directory(dice))),
    (4, lambda dice, text: os.rmdir(a_directory(dice))),
    (6, lambda dice, text: os.rename(a_file(dice), a_file(dice))),
    (2, lambda dice, text: os.rename(a_directory(dice), a_directory(dice))),
    (0.5, lambda dice, text: remove_tree(a_directory(dice))),
    (0.5, lambda dice, text: replace_directory_by_file(a_directory(dice), text)),
]


def churn(count, dice):
    weights = [weight for weight, _ in CHANGES]
    functions = [function for _, function in CHANGES]
    done = 0
    for i in range(50 * count):
        if done == count:
            return
        try:
            dice.choices(functions, weights)[0](dice, f"{os.getpid()} {i}\n")
        except OSError as error:
            if error.errno not in USUAL:
                raise
        else:
            done += 1
    sys.exit(f"only {done} changes")


def churn_by_many(count, seed):
    writers = []
    for i in range(WRITERS):
        pid = os.fork()
        if pid == 0:
            churn(count // WRITERS, random.Random(f"{seed} {i}"))
            os._exit(0)
        writers.append(pid)
    bad = [pid for pid in writers if os.waitpid(pid, 0)[1] != 0]
    if bad:
        sys.exit("a writer failed")


def the_tree():
    tree = {}
    for directory, names, files in os.walk("."):
        for name in names:
            tree[os.path.relpath(os.path.join(directory, name))] = None
        for name in files:
            path = os.path.relpath(os.path.join(directory, name))
            if path != ".role":
                with open(path, encoding="utf-8") as file:
                    tree[path] = file.read()
    return tree


def main():
    mount, count, seed, result = sys.argv[1:]
    os.chdir(mount)
    churn_by_many(int(count), seed)
    tree = the_tree()
    with open(result + ".part", "w", encoding="utf-8") as file:
        json.dump(tree, file)
    os.rename(result + ".part", result)


main()
