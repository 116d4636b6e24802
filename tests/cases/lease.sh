#!/bin/bash
# The mount's lease is renewed, found gone after a standstill, made anew, and revoked at the end.
# Statements: 430-432, 436.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/second.sh"
. "$TOP/tests/lib/ephemeral.sh"

start_mount
start_second -o lock-ttl=2
lease_of() { MNT=$1 in_mount 'jq -r .lease .etcd/status'; }
is_leased() { ctl lease list | grep -q "$1"; }
is_not_leased() { ! is_leased "$1"; }
ttl_of() { ctl lease timetolive "$1" | sed 's/.*granted with TTL(\([0-9]*\)s).*/\1/'; }

# Renewed: it lives on for longer than its time. (All that is timed is that.)
hold_file "$MNT_B" .etcd/ephemeral/renewed
first=$(lease_of "$MNT_B")
equal "its time" 2 "$(ttl_of "$first")"
sleep 5
check "the file is there" in_mount '[ -e renewed ]'
equal "the lease" "$first" "$(lease_of "$MNT_B")"

# One for all.
renewed=$HOLDER
hold_file "$MNT_B" .etcd/ephemeral/beside
equal "the lease of another file" "$first" "$(lease_of "$MNT_B")"
end_holder
HOLDER=$renewed

# A mount that stands still loses it. Who has such a file open learns it when what is written is published.
in_second 'python3 -c "$1" "$2"' 'import errno, os, sys, time
fd = os.open(".etcd/ephemeral/written", os.O_WRONLY | os.O_CREAT)
open(sys.argv[1] + "/open", "w").close()
while not os.path.exists(sys.argv[1] + "/go"): time.sleep(0.01)
os.write(fd, b"x")
try: os.close(fd)
except OSError as error: assert error.errno == errno.ESTALE, error
else: raise AssertionError("no error")' "$DIR" &
writer=$!
wait_until "a writer" test -e "$DIR/open"
filesystem=$(PID=$PID_B fs_pid)
expect_log "lease $first of this mount is gone"
freeze "$filesystem"
wait_until "the end of the lease" is_not_leased "$first"
wait_until "the end of the file" in_mount '[ ! -e renewed ]'
kill -CONT "$filesystem"
wait_until "what it shows" in_second '[ ! -e renewed ]'
wait_until "what it says" eval '[ "$(lease_of "$MNT_B")" = null ]'
touch "$DIR/go"
wait "$writer" || die "the writer was not told"
check "it is not made again" in_mount '[ ! -e renewed ] && [ ! -e written ]'
end_holder
hold_file "$MNT_B" .etcd/ephemeral/anew
second=$(lease_of "$MNT_B")
[ "$second" != "$first" ] || die "the same lease again"
in_mount '[ -e anew ]'

# Somebody revokes it while the mount runs: who needs one gets another.
expect_log "lease $second of this mount is gone"
ctl lease revoke "$second" >/dev/null
wait_until "the end of the file" in_second '[ ! -e anew ]'
end_holder
hold_file "$MNT_B" .etcd/ephemeral/next
third=$(lease_of "$MNT_B")
[ "$third" != "$second" ] || die "the same lease again"

# The end of the mount.
end_second
check "it is revoked" is_not_leased "$third"
check "the file is gone" in_mount '[ ! -e next ]'
end_holder
