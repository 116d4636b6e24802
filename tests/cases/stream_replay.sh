#!/bin/bash
# .etcd/since/0 replayed into an empty directory gives the tree of the mount.
# Statements: 49, 50, 56.
. "$(dirname "$0")/../lib/case.sh"

# replay STREAM COPY MOUNT END: follows STREAM until the key END is put, then writes out what is left.
# A value that is only a length is read from MOUNT.
replay='import base64, json, os, sys
stream, copy, mount, end = (os.fsencode(arg) for arg in sys.argv[1:])

def member(event, name):
    if name in event:
        return event[name].encode()
    return base64.b64decode(event[name + "_base64"])

values = {}
for line in open(stream):
    event = json.loads(line)
    path = member(event, "path")
    if event["type"] == "delete":
        del values[path]
    elif "value_length" in event:
        values[path] = event["value_length"]
    else:
        values[path] = member(event, "value")
    if path == end:
        break

dirs = set()
for path in values:
    names = path.split(b"/")
    dirs.update(b"/".join(names[:n]) for n in range(1, len(names)))
for name in dirs:
    os.makedirs(os.path.join(copy, name), exist_ok=True)
for path, value in values.items():
    if path.endswith(b"/%empty") and value == b"" and path not in dirs:
        continue
    name = path + b"/%value" if path in dirs else path
    if isinstance(value, int):
        with open(os.path.join(mount, name), "rb") as file:
            length, value = value, file.read()
        assert len(value) == length, name
    with open(os.path.join(copy, name), "xb") as file:
        file.write(value)'

# same WHAT DIR: the stream of DIR (with a slash at its end, or empty) gives what is in DIR.
same() {
	rm -rf "$DIR/copy"
	mkdir "$DIR/copy"
	ends=$((ends + 1))
	ctl put "$2end-$ends" 1 >/dev/null
	check "$1: the replay" in_mount 'python3 -c "$@"' "$replay" "$2.etcd/since/0" "$DIR/copy" \
		"$MNT" "$2end-$ends"
	check "$1: the tree" limit diff -r --exclude=.role "$MNT/$2" "$DIR/copy/$2"
}

ends=0
start_mount

in_mount 'mkdir -p a/b/empty gone/gone; echo 1 >a/one; echo 2 >a/b/two; echo 3 >a/one
	echo 4 >>a/one; : >a/nothing; rm -r gone; mv a/b/two a/two; mkdir kept; echo x >kept/x; rm kept/x
	head -c 60000 /dev/urandom >binary; printf "a\0b" >nul; head -c 200000 /dev/urandom >big'
ctl put a/one/below "beside its key" >/dev/null
ctl put value-of-dir/x 1 >/dev/null
ctl put value-of-dir 2 >/dev/null
ctl put was-dir/x 1 >/dev/null
ctl del was-dir/x >/dev/null
ctl put was-dir 2 >/dev/null
for key in a//b /first '%25' '100%' '%00' . .. deep/.etcd .role 'new
line' $'\xff\xfe' $'tab\there' 'quote"back\slash' "$(printf 'x%.0s' {1..300})/y" end/; do
	ctl put -- "$key" "value of $key" >/dev/null
done
in_mount 'printf x >%00; printf y >d%00d; printf z >"$(printf "\xe2\x82")"'
same "many kinds of keys" ""
same "of one directory" a/

# Random changes, from both sides.
in_mount 'python3 -c "$1"' 'import os, random
random.seed(7)
for i in range(400):
    name = random.choice("abcdef")
    path = "r/" + random.choice(["", "x/", "x/y/"]) + name
    try:
        if random.random() < 0.3:
            os.remove(path)
        elif random.random() < 0.3:
            os.rename(path, "r/" + random.choice("abcdef"))
        else:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(random.randbytes(random.randrange(50)))
    except OSError:
        pass'
same "random changes" ""
same "random changes, of one directory" r/
