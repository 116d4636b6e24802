"""Includes look down only and make no circle, and a foreign library has few doors."""
import re
import sys

import source

# The floors, the lowest first: a file may include its own and those of the same half before it.
FS = ("fs/base/", "fs/etcd/", "fs/api/", "fs/tree/", "fs/mirror/", "fs/events/", "fs/request/",
      "fs/lock/", "fs/file/", "fs/control/", "fs/ops/", "fs/")
SUPERVISOR = ("supervisor/config/", "supervisor/process/", "supervisor/data/", "supervisor/mount/",
              "supervisor/etcd/", "supervisor/tool/", "supervisor/")
FLOORS = FS + SUPERVISOR + ("tests/",)

# What the supervisor sees of the filesystem.
SEEN = ("fs/base/", "fs/etcd/etcd.h", "fs/api/", "fs/fs.h")

# What the files of a floor may include of ours: floors, and headers.
ALLOWED = {floor: FS[:number + 1] for number, floor in enumerate(FS)}
ALLOWED |= {floor: SEEN + SUPERVISOR[:number + 1] for number, floor in enumerate(SUPERVISOR)}
ALLOWED["tests/"] = FLOORS
# Of these folders others may only include what is named.
CLOSED = {"fs/etcd/": ("fs/etcd/etcd.h",)}

# The doors: which files (of the product) may include a foreign library's header.
DOORS = {
    r"^curl/": r"^fs/etcd/",
    r"^protobuf-c/|\.pb-c\.h$": r"^fs/etcd/",
    r"^fuse": r"^fs/((events|request|lock|file|control|ops)/)?[a-z_]+\.[ch]$",
    r"^(cjson/)?cJSON\.h$":
        r"^(fs/control/[a-z_]+|fs/lock/lock_value|fs/tree/meta_json|supervisor/etcd/etcd_log)\.c$",
    r"^ini\.h$": r"^supervisor/config/config_file\.c$",
    r"^nghttp2/": r"^tests/",
    r"^cmocka\.h$": r"^tests/",
}
# How many files may be a door, so that a door does not quietly become a wall with holes.
DOOR_LIMIT = {r"^curl/": 4, r"^(cjson/)?cJSON\.h$": 5, r"^ini\.h$": 1}


def floor_of(name):
    return max((floor for floor in FLOORS if name.startswith(floor)), key=len)


def is_ours(header):
    return header.startswith(FLOORS)


def check_ours(name, header):
    floor = floor_of(name)
    if header not in ALLOWED[floor] and floor_of(header) not in ALLOWED[floor]:
        return f"a file of {floor} may not include {header}"
    for closed, doors in CLOSED.items():
        if (header.startswith(closed) and header not in doors
                and not name.startswith((closed, "tests/"))):
            return f"of {closed} only {', '.join(doors)} may be included here, not {header}"
    return None


def circles(includes):
    """Files that include each other in a circle."""
    found, done = [], set()

    def walk(file, way):
        if file in way:
            found.append(" -> ".join(way[way.index(file):] + [file]))
        elif file not in done:
            for other in sorted(includes.get(file, ())):
                walk(other, way + [file])
            done.add(file)

    for file in sorted(includes):
        walk(file, [])
    return found


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
    wrong, used, count, includes = [], {}, 0, {}
    for path in source.files(".c", ".h"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
            if not match:
                continue
            count += 1
            if is_ours(match.group(2)):
                includes.setdefault(str(path), set()).add(match.group(2))
            error = check_line(str(path), match.group(1), match.group(2), used)
            if error:
                wrong.append(f"{path}:{number}: {error}")
    for pattern, limit in DOOR_LIMIT.items():
        doors = sorted(used.get(pattern, ()))
        if len(doors) > limit:
            wrong.append(f"{pattern} has {len(doors)} doors, {limit} at most: {' '.join(doors)}")
    wrong += [f"a circle: {circle}" for circle in circles(includes)]
    print("\n".join(wrong))
    print(f"{count} includes, {len(wrong)} wrong")
    sys.exit(1 if wrong or not count else 0)


main()
