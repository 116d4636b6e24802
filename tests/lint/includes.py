"""Every include line is allowed: layers look down only, and a foreign library has few doors."""
import re
import sys

import source

# What the files below a path may include of ours. The longest path that fits is the rule.
LAYERS = {
    "fs/base/": ("fs/base/",),
    "fs/etcd/": ("fs/base/", "fs/etcd/"),
    "fs/api/": ("fs/base/", "fs/etcd/etcd.h", "fs/api/"),
    "fs/": ("fs/base/", "fs/etcd/etcd.h", "fs/"),
    "supervisor/": ("fs/base/", "fs/etcd/etcd.h", "fs/api/", "fs/fs.h", "supervisor/"),
    "tests/": ("fs/", "supervisor/", "tests/"),
}
# Of a layer that is not one's own only these may be included.
CLOSED = {"fs/": {"fs/etcd/": ("fs/etcd/etcd.h",)}}

# The doors: which files (of the product) may include a foreign library's header.
DOORS = {
    r"^curl/": r"^fs/etcd/",
    r"^protobuf-c/|\.pb-c\.h$": r"^fs/etcd/",
    r"^fuse": r"^fs/((events|request|file|control|ops)/)?[a-z_]+\.[ch]$",
    r"^(cjson/)?cJSON\.h$": r"^(fs/(control/)?[a-z_]+|supervisor/[a-z_]+)\.c$",
    r"^ini\.h$": r"^supervisor/config[a-z_]*\.c$",
    r"^nghttp2/": r"^tests/",
    r"^cmocka\.h$": r"^tests/",
}
# How many files may be a door, so that a door does not quietly become a wall with holes.
DOOR_LIMIT = {r"^curl/": 4, r"^(cjson/)?cJSON\.h$": 3, r"^ini\.h$": 1}


def layer_of(name):
    return max((layer for layer in LAYERS if name.startswith(layer)), key=len)


def is_ours(header):
    return header.startswith(("fs/", "supervisor/", "tests/"))


def check_ours(name, header):
    layer = layer_of(name)
    if not any(header.startswith(allowed) for allowed in LAYERS[layer]):
        return f"a file of {layer} may not include {header}"
    for closed, doors in CLOSED.get(layer, {}).items():
        if header.startswith(closed) and header not in doors:
            return f"of {closed} only {', '.join(doors)} may be included here, not {header}"
    return None


def check_foreign(name, header, used):
    for pattern, door in DOORS.items():
        if not re.search(pattern, header):
            continue
        if name.startswith("tests/"):
            return None
        if not re.search(door, name):
            return f"{header} has its doors at {door}, and this is none"
        used.setdefault(pattern, set()).add(name)
    return None


def check_line(name, quote, header, used):
    if header.endswith(".pb-c.h"):
        return check_foreign(name, header, used)
    if is_ours(header):
        return check_ours(name, header) or (
            "our own headers are written in double quotes" if quote != '"' else None)
    if quote == '"':
        return f'"{header}" is not written from the root of the tree'
    return check_foreign(name, header, used)


def main():
    wrong, used, count = [], {}, 0
    for path in source.files(".c", ".h"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
            if not match:
                continue
            count += 1
            error = check_line(str(path), match.group(1), match.group(2), used)
            if error:
                wrong.append(f"{path}:{number}: {error}")
    for pattern, limit in DOOR_LIMIT.items():
        doors = sorted(used.get(pattern, ()))
        if len(doors) > limit:
            wrong.append(f"{pattern} has {len(doors)} doors, {limit} at most: {' '.join(doors)}")
    print("\n".join(wrong))
    print(f"{count} includes, {len(wrong)} wrong")
    sys.exit(1 if wrong or not count else 0)


main()
