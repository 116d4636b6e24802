#!/bin/bash
# A file that is made in .etcd/ttl/SECONDS ends when they have passed, not before, and without a mount.
# Statements: 437-441.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/second.sh"
. "$TOP/tests/lib/events.sh"

requires "needs inotify-tools" command -v inotifywait
start_mount ${OPTIONS:-}
start_second
in_mount 'mkdir d'
is_not_there() { [ -z "$(ctl get --keys-only "$1")" ]; }
lease_of() { in_mount 'getfattr --only-values -n user.etcd.lease "$1"' "$1"; }

# One transaction, with the lease in it; the same as any open.
publishes 1 "a new file" 'echo v >d/.etcd/ttl/600/new; [ "$(cat d/new)" = v ]'
publishes 1 "over it" 'echo w >d/.etcd/ttl/700/new; [ "$(cat d/new)" = w ]'
publishes 1 "appended" 'echo x >>d/.etcd/ttl/600/new; [ "$(cat d/new | xargs)" = "w x" ]'
publishes 1 "an empty file" ': >d/.etcd/ttl/600/empty; [ -e d/empty ]'
in_mount 'exec 3<>d/.etcd/ttl/600/new; read -r line <&3; [ "$line" = w ]'
publishes 2 "with O_EXCL" 'set -C; echo v >d/.etcd/ttl/600/exclusive'
fails "there is one" "file exists|existing" in_mount 'set -C; echo v >d/.etcd/ttl/600/exclusive'
fails "a directory" "is a directory" in_mount 'echo v >.etcd/ttl/600/d'
for file in new empty exclusive; do
	[ "$(lease_of "d/$file")" -gt 0 ] || die "$file has no lease"
done

# A lease stays through writes, by whom and how they may be; a rename brings its own.
lease=$(lease_of d/new)
in_mount 'echo y >d/new; echo z >>d/new; python3 -c "import os; os.truncate(\"d/new\", 1)"'
in_second 'echo v >>d/new'
equal "after writes" "$lease" "$(lease_of d/new)"
in_mount 'mv d/new d/moved'
equal "after a rename" "$lease" "$(lease_of d/moved)"
in_mount 'echo plain >plain; mv plain d/moved'
fails "renamed over" "no such attribute" lease_of d/moved

# A second of equal wishes has few leases.
in_mount 'for i in {1..40}; do echo $i >d/.etcd/ttl/900/many-$i; done'
leases=$(in_mount 'for i in {1..40}; do getfattr --only-values -n user.etcd.lease d/many-$i; echo; done' |
	sort -u | wc -l)
[ "$leases" -le 20 ] || die "$leases leases for 40 files"

# Not before its time, counted from before the close; and then by itself.
cat >"$DIR/lives.py" <<'PYTHON'
"""lives.py SECONDS: makes a file that is to live so long, and waits for its end on another mount."""
import os
import sys
import time

seconds = int(sys.argv[1])
path, there = f"d/.etcd/ttl/{seconds}/f{seconds}", f"{os.environ['MNT_B']}/d/f{seconds}"
with open(path, "w") as file:
    file.write("value")
    begin = time.monotonic()
assert open(there).read() == open(f"d/f{seconds}").read() == "value"
left = float(os.getxattr(there, "user.etcd.ttl"))
assert 1 <= left <= seconds, left
for _ in range(3):
    with open(f"d/f{seconds}", "a") as file:
        file.write("+")
while True:
    try:
        assert os.stat(there)
    except FileNotFoundError:
        break
    time.sleep(0.01)
lived = time.monotonic() - begin
assert lived >= seconds, lived
print("lived long enough")
PYTHON
for seconds in 2 3; do
	in_mount 'python3 "$1" "$2"' "$DIR/lives.py" "$seconds" >"$DIR/lived.$seconds" &
	lives+=($!)
done

for pid in "${lives[@]}"; do
	wait "$pid" || die "a file did not live as it should"
done

# Watchers, here and elsewhere.
told="CREATE d/w ((MODIFY|CLOSE_WRITE|ATTRIB) d/w )+"
FENCES_IN=d/
watch here "$MNT/d"
settle here
step here "made, here" "$told" in_mount 'echo v >d/.etcd/ttl/300/w'
step here "written, here" "((MODIFY|CLOSE_WRITE|ATTRIB) d/w )+" in_mount 'echo v >d/.etcd/ttl/300/w'
first=$(($(lines_of here) + 1))
in_mount 'echo v >d/.etcd/ttl/1/short'
wait_until "its end" has_event here "DELETE d/short " "$first"
unwatch here
MNT_OF_EVENTS=$MNT_B
watch there "$MNT_B/d"
settle there
step there "made, elsewhere" "${told//w /v }" in_mount 'echo v >d/.etcd/ttl/300/v'
unwatch there

# It needs no mount.
in_second 'echo v >.etcd/ttl/2/alone'
end_second
wait_until "the end of the file" is_not_there alone
