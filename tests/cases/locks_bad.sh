#!/bin/bash
# Locks that others have put by hand, mounts and users that may not, and what cannot be locked.
# Statements: 405, 406, 408.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/locks.sh"

start_mount
in_mount 'mkdir d; echo x >key; echo y >d/file'

# tells WHAT 'EXPECTED...' FILE STEP...
tells() { equal "$1" "$2" "$(lock_steps 0 "${@:3}" | tr '\n' ' ' | sed 's/ $//')"; }

# --- Values put by hand ---
expect_log "lock 'lock/key/by-hand': its value cannot be read, so it is taken for exclusive"
ctl put .etcd/lock/key/by-hand '{"mode":"any"}' >/dev/null
tells "what cannot be read is exclusive" "ok EAGAIN EAGAIN w:0:0 pid 0" key \
	open:r+ sh-nb setlk:r:0:0 getlk:r:0:0
ctl put .etcd/lock/key/by-hand '' >/dev/null
tells "an empty value too" "ok EAGAIN EAGAIN" key open:r+ sh-nb ex-nb
ctl put .etcd/lock/key/by-hand '{"mode":"shared","more":{"pid":[]}}' >/dev/null
tells "shared" "ok ok EAGAIN" key open:r+ sh-nb ex-nb
ctl del .etcd/lock/key/by-hand >/dev/null
tells "free" "ok ok" key open:r+ ex-nb
# A queue of another name is none of its business.
ctl put .etcd/lock/d%2Ffile2/1 '' >/dev/null
ctl put .etcd/lock/d/1 '' >/dev/null
tells "another's queue" "ok ok" d/file open:r+ ex-nb
ctl del --prefix .etcd/lock/d >/dev/null

# --- What was renamed, removed, made anew ---
lock_steps 0 key open:r+ ex rename:moved say:renamed await:go un >/dev/null &
wait_until "a file that is renamed" is_there renamed
check "its new name is free" in_mount 'flock -n moved true'
in_mount 'echo new >key'
fails "its old name is not" "" in_mount 'flock -n key true'
touch "$DIR/go"
await_keys 0 key
check "now it is" in_mount 'flock -n key true'
tells "a removed one" "ok ok ESTALE ok" moved open:r+ unlink ex-nb un
tells "one that is removed while it is locked" "ok ok ok ok ok" key open:r+ ex unlink sh un
check "a new file, which has no key yet" in_mount \
	'exec 9>fresh && flock -n 9 && ! flock -n fresh true && flock -u 9 && flock -n fresh true'

# --- What is no file of a key ---
for file in .role .etcd/status; do
	tells "$file" "ok ENOTSUP ENOTSUP ok" $file open:r ex-nb setlk:r:0:0 un
done
fails "an odd operation" "Invalid" in_mount 'python3 -c "
import fcntl, os
try: fcntl.flock(os.open(\"d/file\", 0), 64)
except OSError as error: raise SystemExit(error.strerror)"'
equal "nothing is left" "" "$(keys .etcd/)"

# --- Read-only ---
stop_mount
start_mount -o ro
tells "on a read-only mount" "ok EROFS EROFS free ok" d/file \
	open:r ex-nb setlk:r:0:0 getlk:r:0:0 un
