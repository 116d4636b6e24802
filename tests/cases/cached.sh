#!/bin/bash
# consistency=cached: a second read costs nothing, a change elsewhere becomes visible, one's own is visible at once.
# Statements: 22, 23, 86.
. "$(dirname "$0")/../lib/case.sh"

allow_log . # libfuse's trace, in which the requests are counted
start_mount -d -o consistency=cached
in_mount 'mkdir -p d/sub; echo value >d/key'

# requests: how many of names and attributes the kernel has made (a cd makes an ACCESS).
requests() { grep -cE 'opcode: (LOOKUP|GETATTR)' "$LOG"; }

# Nothing is due: the notifier asks as well.
is_quiet() {
	local before
	before=$(requests)
	in_mount 'stat d d/key d/sub >/dev/null; [ ! -e d/none ]'
	[ "$(requests)" = "$before" ]
}

wait_until "names and attributes that are kept" is_quiet
before=$(requests)
in_mount 'python3 -' <<'PYTHON'
import os

for _ in range(1000):
    assert os.stat("d/key").st_size == 6
    assert os.path.isdir("d/sub")
    assert not os.path.exists("d/none")
PYTHON
made=$(($(requests) - before))
[ "$made" -lt 20 ] || die "3000 stats of what is known made $made requests"

# sees WHAT SCRIPT: SCRIPT in the mount succeeds soon: before the minute after which the kernel
# forgets by itself.
sees() { LIMIT=30 wait_until "$1" in_mount "$2"; }

# Changes elsewhere, of what is kept: each is looked at before.
ctl put d/key longer-value >/dev/null
sees "the size" '[ "$(stat -c %s d/key)" = 12 ]'
equal "the value" longer-value "$(in_mount 'cat d/key')"
in_mount '[ ! -e d/new ] && [ ! -e d/new-dir ]'
ctl put d/new x >/dev/null
sees "a new name" '[ -e d/new ]'
ctl put d/new-dir/key x >/dev/null
sees "a new directory" '[ "$(cat d/new-dir/key)" = x ]'
equal "its directory's listing" "key new new-dir sub " "$(in_mount 'ls d | tr "\n" " "')"
equal "links of its directory" 4 "$(in_mount 'stat -c %h d')"
in_mount 'stat d/new d/new-dir/key >/dev/null'
ctl del d/new >/dev/null
sees "a name that went" '[ ! -e d/new ]'
ctl del d/new-dir/key >/dev/null
sees "a directory that went" '[ ! -e d/new-dir/key ] && [ ! -e d/new-dir ]'
in_mount 'stat d/key >/dev/null'
ctl txn <<<$'\ndel d/key\nput d/key/below 1\n\n' >/dev/null
sees "a file that became a directory" '[ -d d/key ] && [ "$(cat d/key/below)" = 1 ]'
ctl txn <<<$'\ndel d/key/below\nput d/key 12\n\n' >/dev/null
sees "a directory that became a file" '[ "$(stat -c %s d/key)" = 2 ] && [ "$(cat d/key)" = 12 ]'
lease=$(ctl lease grant 100 | sed 's/lease \([0-9a-f]*\) .*/\1/')
ctl put --lease="$lease" d/leased x >/dev/null
sees "a leased key" '[ -e d/leased ]'
ctl lease revoke "$lease" >/dev/null
sees "the end of its lease" '[ ! -e d/leased ]'

# One's own changes are seen at once, whatever was kept.
in_mount 'python3 -' <<'PYTHON'
import os

def size(path):
    return os.stat(path).st_size

os.mkdir("own")
for i in range(20):
    assert not os.path.exists("own/file")
    with open("own/file", "xb") as file:
        assert size("own/file") == 0
        file.write(b"x" * i)
        file.flush()
        assert size("own/file") == i, "written, not closed"
    assert size("own/file") == i
    with open("own/file", "ab") as one, open("own/file", "ab") as other:
        one.write(b"1")
        one.flush()
        assert size("own/file") == i + 1
        other.write(b"2")
    assert size("own/file") == i + 2
    os.truncate("own/file", 1)
    assert size("own/file") == 1
    open("own/file", "w").close()
    assert size("own/file") == 0, "truncated by an open"
    os.rename("own/file", "own/other")
    assert not os.path.exists("own/file") and size("own/other") == 0
    assert os.listdir("own") == ["other"]
    os.unlink("own/other")
    assert not os.path.exists("own/other") and os.listdir("own") == []
    os.mkdir("own/dir")
    assert os.stat("own").st_nlink == 3
    os.rmdir("own/dir")
    assert not os.path.exists("own/dir") and os.stat("own").st_nlink == 2
PYTHON

# What is kept does not make a write go wrong: each is as exact as ever.
in_mount '[ ! -e d/raced ]'
ctl put d/raced theirs >/dev/null
fails "O_EXCL of a name that is there" "exists" in_mount 'python3 -c "open(\"d/raced\", \"x\")"'
equal "its value" theirs "$(value_of d/raced)"
in_mount 'stat d/key >/dev/null'
ctl put d/key 1 >/dev/null
in_mount 'printf 2 >>d/key'
equal "an append" 12 "$(value_of d/key)"

# .role and .etcd are none of it.
etcd=$(etcd_pid)
wait_until "the role" has_role "$MNT" leader
freeze "$etcd"
wait_until "the role of an etcd that stands still" \
	in_mount '[ "$(cat .role)" = offline ] && [ "$(stat -c %s .role)" = 8 ]'
kill -CONT "$etcd"
wait_until "the role of one that goes on" \
	in_mount '[ "$(cat .role)" = leader ] && [ "$(stat -c %s .role)" = 7 ]'
in_mount 'read -r line <.etcd/watch; echo "$line" >"$1"' "$DIR/line" &
reader=$!
wait_until "a line of the stream" eval 'ctl put d/streamed x >/dev/null; grep -q d/streamed "$DIR/line"'
wait "$reader"
