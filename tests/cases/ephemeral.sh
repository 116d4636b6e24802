#!/bin/bash
# A file made in .etcd/ephemeral ends with its last descriptor, and with nothing else of its name.
# Statements: 430, 433-438.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/second.sh"
. "$TOP/tests/lib/events.sh"
. "$TOP/tests/lib/ephemeral.sh"
export OPTIONS=${OPTIONS:-}

requires "needs inotify-tools" command -v inotifywait
start_mount $OPTIONS
start_second
in_mount 'mkdir d'
equal "no lease yet" "null null" \
	"$(in_mount 'jq -r "[.lease, .lease_remaining_s] | map(tostring) | join(\" \")" .etcd/status')"
equal "none is left" 0 "$(in_mount "sed -n 's/^etcdfs_lease_ttl_seconds{.*} //p' .etcd/metrics")"

in_mount 'exec 9>d/.etcd/ephemeral/me
	[ "$(ls d)" = me ] && [ ! -s d/me ] && [ "$(ls $MNT_B/d)" = me ] || exit 1
	printf hello >&9; exec 8>&9 9>&-
	[ "$(cat d/me)$(cat $MNT_B/d/me)" = hellohello ] || exit 2
	[ "$(getfattr --only-values -n user.etcd.lease d/me)" = "$((16#$(jq -r .lease .etcd/status)))" ] || exit 3
	left=$(jq -r .lease_remaining_s .etcd/status)
	[ "$left" -ge 1 ] && [ "$left" -le 10 ] || exit 4
	grep -q "^etcdfs_lease_ttl_seconds{.*} [1-9]" .etcd/metrics || exit 5
	echo more >>$MNT_B/d/me; echo most >>d/me
	[ -n "$(getfattr --only-values -n user.etcd.lease d/me)" ] || exit 6
	[ "$(cat d/me)" = "$(printf "hellomore\nmost")" ] || exit 7
	python3 -c "import os; os.rename(\"d/me\", \"d/other\")"
	[ "$(ls d)" = other ] && [ -n "$(getfattr --only-values -n user.etcd.lease d/other)" ] || exit 8'
wait_until "the end" in_second '[ -z "$(ls d)" ]'
wait_until "the end here" in_mount '[ -z "$(ls d)" ]'
equal "the directory stays" d/ "$(keys d)"

# Only its own.
in_mount 'python3 -c "$1"' 'import errno, os
fd, there = os.open("d/.etcd/ephemeral/me", os.O_WRONLY | os.O_CREAT), os.environ["MNT_B"] + "/d/me"
os.unlink(there)
open(there, "w").write("theirs")
def shown():
    try: return open("d/me").read()
    except FileNotFoundError: return None
while shown() != "theirs": assert os.environ["OPTIONS"], "not at once"
os.write(fd, b"x")
try: os.close(fd)
except OSError as error: assert error.errno == errno.ESTALE, error
else: raise AssertionError("no error")'
wait_until "nothing is under way" in_mount 'exec 9>d/.etcd/ephemeral/next'
equal "another's" theirs "$(in_second 'cat d/me')"
in_mount 'exec 9>d/.etcd/ephemeral/mine; rm d/mine; echo later >d/mine'
wait_until "nothing is under way" in_mount 'exec 9>d/.etcd/ephemeral/next'
equal "a later one" later "$(value_of d/mine)"

# For one caller in the cluster.
fails "there is one" "file exists" in_mount 'exec 9>d/.etcd/ephemeral/me'
fails "there is a directory" "file exists" in_mount 'mkdir e; exec 9>.etcd/ephemeral/e'
fails "it is there" "file exists" in_mount 'exec 9>d/.etcd/ephemeral/one; exec 8>$MNT_B/d/.etcd/ephemeral/one'
equal "of many callers" 1 "$(in_mount 'python3 -c "$1"' 'import os, threading
made = []
def make(top):
    try: made.append(os.open(top + "/.etcd/ephemeral/race", os.O_WRONLY | os.O_CREAT))
    except FileExistsError: pass
threads = [threading.Thread(target=make, args=(os.environ[top],)) for top in ("MNT", "MNT_B") for _ in range(5)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(made))')"

# Its names are in no listing.
equal "its kind" "directory" "$(in_mount 'stat -c %F d/.etcd/ephemeral')"
equal "nothing is in it" "" "$(in_mount 'exec 9>d/.etcd/ephemeral/x; ls -A d/.etcd/ephemeral')"
fails "reading in it" "no such file" in_mount 'exec 9>d/.etcd/ephemeral/x; cat d/.etcd/ephemeral/x'
fails "mkdir" "not permitted" in_mount 'mkdir d/.etcd/ephemeral/x'
fails "mv" "not permitted|cross" in_mount 'python3 -c "import os; os.rename(\"d/me\", \"d/.etcd/ephemeral/x\")"'
for name in .role .etcd; do
	fails "$name" "not permitted" in_mount 'exec 9>.etcd/ephemeral/$1' "$name"
done

# Watchers, here and elsewhere. (What comes close to one another is one event.)
FENCES_IN=d/
told="CREATE d/w ((MODIFY|CLOSE_WRITE|ATTRIB) d/w )*"
watch here "$MNT/d"
settle here
step here "made, here" "$told" hold_file "$MNT" d/.etcd/ephemeral/w
step here "its end, here" "DELETE d/w " end_holder
unwatch here
MNT_OF_EVENTS=$MNT_B
watch there "$MNT_B/d"
settle there
step there "made, elsewhere" "$told" hold_file "$MNT" d/.etcd/ephemeral/w text
equal "its text" text "$(in_second 'cat d/w')"
first=$(($(lines_of there) + 1))
end_holder
wait_until "its end, elsewhere" has_event there "DELETE d/w " "$first"
unwatch there

end_second
stop_mount
start_mount -o ro
fails "read-only" "read-only" in_mount 'exec 9>.etcd/ephemeral/x'
