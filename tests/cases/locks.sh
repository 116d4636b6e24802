#!/bin/bash
# flock and fcntl locks on one mount, as on a disk: who has one, who is refused, how they end.
# Statements: 173, 395, 396, 401, 405, 406.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/locks.sh"

start_mount
in_mount 'echo x >key'

# tells WHAT 'EXPECTED...' STEP...: what the steps print, in one line.
tells() { equal "$1" "$2" "$(lock_steps 0 "${@:3}" | tr '\n' ' ' | sed 's/ $//')"; }

# hold NAME STEP...: another process that has done the steps, and ends with the file NAME.
hold() {
	lock_steps 0 key "${@:2}" "say:$1.held" "await:$1.end" >/dev/null &
	wait_until "the holder $1" is_there "$1.held"
}
release() { touch "$DIR/$1.end"; wait "$2"; }

# --- flock ---
publishes 2 "a lock and its end are a transaction each" 'flock key true'
check "one after the other" in_mount 'flock -n key true && flock -n key true && flock -n -s key true'
hold one open:r ex
holder=$!
tells "held by another" "ok EAGAIN EAGAIN" key open:r+ ex-nb sh-nb
fails "flock -n" "" in_mount 'flock -n key true'
release one "$holder"
tells "free" "ok ok ok ok" key open:r+ ex-nb sh-nb un
hold two open:r sh
holder=$!
tells "shared" "ok ok EAGAIN ok EAGAIN" key open:r+ sh-nb ex-nb un ex-nb
release two "$holder"
equal "two descriptors of one process" "ok ok ok EAGAIN ok ok" \
	"$(lock_steps 0 key open:r+ ex open:r+ ex-nb use:0 un | tr '\n' ' ' | sed 's/ $//')"
tells "odd, and what holds already" "ok ok ok ok ok ok" key open:r un un-nb ex ex sh
equal "nothing is left" "" "$(lock_keys key)"

# A copy of a descriptor has the same lock, whoever closes first; the last close ends it.
lock_steps 0 key open:r+ ex fork:child.end say:parent.over >/dev/null
wait_until "the parent" is_there parent.over
tells "a child has it still" "ok EAGAIN" key open:r+ ex-nb
touch "$DIR/child.end"
tells "it is over when the child is" "ok ok" key open:r+ ex
(cd "$MNT" && exec 9<key && flock 9 && { exec 8<&9; exec 9<&-; ! flock -n key true; }) ||
	die "the close of a copy"

# --- fcntl ---
hold three open:r+ setlk:w:0:10
holder=$!
tells "held by another" "ok EAGAIN EAGAIN ok ok" key \
	open:r+ setlk:w:5:1 setlk:r:9:5 setlk:w:10:0 setlk:r:10:1
equal "who has it" "ok w:0:10 pid $(cat "$DIR/three.held")" \
	"$(lock_steps 0 key open:r+ getlk:w:0:0 | tr '\n' ' ' | sed 's/ $//')"
check "flock is apart on one mount" in_mount 'flock -n key true'
release three "$holder"
tells "the first close ends it" "ok ok ok ok ok" key open:r+ setlk:w:0:0 open:r+ close say:none
hold four open:r+ setlk:w:0:0 open:r+ close
holder=$!
tells "it has ended" "ok ok" key open:r+ setlk:w:0:0
release four "$holder"
hold five open:r+ ofd_setlk:w:0:0 open:r+ close
holder=$!
tells "one of an open file stays" "ok EAGAIN" key open:r+ setlk:w:0:0
release five "$holder"
tells "until that is closed" "ok ok ok ok" key open:r+ ofd_setlk:w:0:0 open:r+ use:1
hold six open:r setlk:r:0:0
holder=$!
tells "through a descriptor to read" "ok EAGAIN ok" key open:r+ setlk:w:0:0 setlk:r:0:0
release six "$holder"
tells "with the wrong descriptor" "ok EBADF ok ok" key open:r setlk:w:0:0 setlk:r:0:0 setlk:u:0:0

# --- Files that come and go ---
in_mount 'exec 9>new; flock -n 9; ! flock -n new true; echo data >&9; exec 9>&-; flock -n new cat new' >"$DIR/out"
equal "a new file" data "$(cat "$DIR/out")"
equal "nothing is left" "" "$(keys .etcd/)"

# O_EXCL excludes as ever.
in_mount 'for i in 1 2 3 4 5 6 7 8; do
	(set -C; { echo $i >lock; } 2>/dev/null && echo $i >>won) & done; wait'
equal "winners" 1 "$(in_mount 'wc -l <won')"

# --- What is no file ---
fails "a lock of .role" "not supported" in_mount 'flock .role true'
fails "a lock of .etcd/status" "not supported" in_mount 'flock .etcd/status true'
