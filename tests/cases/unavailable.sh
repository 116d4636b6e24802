#!/bin/bash
# While the cluster is known to be unavailable an open for writing fails at once; fsync and close fail too.
# Statements: 10, 11.
. "$(dirname "$0")/../lib/case.sh"

start_mount -o timeout=25
in_mount 'echo old >key; echo old >synced; echo old >closed'

# Opened before: the end of the publish is that of fsync, and of close.
late='import errno, os, sys, threading
def publish(fd, call):
    said = "said nothing"
    try:
        call(fd)
    except OSError as error:
        said = errno.errorcode[error.errno]
    os.write(1, f"{call.__name__} {said}\n".encode()) # print writes a line in pieces
fds = [os.open(name, os.O_RDWR) for name in ("synced", "closed")]
print("open", flush=True)
input()
for fd, call in zip(fds, (os.fsync, os.close)):
    os.write(fd, b"new")
    threading.Thread(target=publish, args=(fd, call)).start()'
mkfifo "$DIR/go"
(cd "$MNT" && exec python3 -c "$late" <"$DIR/go" >"$DIR/late" 2>&1) &
LATE=$!
exec 9>"$DIR/go"
wait_until "both are open" grep -q open "$DIR/late"

etcd=$(etcd_pid)
freeze "$etcd"
wait_until "the role" has_role "$MNT" offline
# A timeout of more than LIMIT: who waits for it fails the case.
LIMIT=15
# From a second after that on; before, an open waits for the whole timeout.
refused() { ! WORDS=$(LIMIT=3 limit bash -c 'echo new >"$MNT/key"' 2>&1) && [[ $WORDS = *"timed out"* ]]; }
wait_until "an open that is refused" refused
fails "an append" "timed out" limit bash -c 'echo new >>"$MNT/key"'
echo >&9
LIMIT=60
wait_until "fsync and close to end" is_gone "$LATE"
equal "what they said" "close ETIMEDOUT fsync ETIMEDOUT open" "$(sort "$DIR/late" | paste -sd ' ')"
kill -CONT "$etcd"
wait_until "the role" has_role "$MNT" leader
in_mount 'echo after >key'
equal "it goes on" after "$(value_of key)"
