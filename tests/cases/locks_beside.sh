#!/bin/bash
# Several of one mount have parts of a file, or it is locked by each kind: DIR/.etcd/locks of each mount shows all of
# them as held, and who waits for one of them, or for another mount, as waiting.
# Statements: 411, 418.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/locks.sh"

requires "needs jq" command -v jq
start_mount
in_mount 'echo x >top'
start_beside 1
# states FILE STATE...: of its locks in their order, on both mounts.
shows() {
	[ "${*:2}" = "$(in_beside "$I" 'jq -r "select(.file == \"$1\").state" .etcd/locks' "$1" | paste -sd ' ')" ]
}
states() { for I in 0 1; do wait_until "$1 on $I: ${*:2}" shows "$@"; done; }
part() { # NAME MOUNT STEP...
	lock_steps "$2" top open:r+ "${@:3}" "say:$1" await:end >"$DIR/$1.out" &
}
part first 0 setlkw:w:0:10
wait_until "the first" is_there first
part second 0 setlkw:w:20:10
part third 0 setlk:r:40:10
part whole 0 ex
for name in second third whole; do wait_until "$name has it" is_there $name; done
states top held held held held
part again 0 setlkw:w:25:1
await_keys 5 top
part elsewhere 1 sh
await_keys 6 top
part behind 0 setlkw:w:60:1
await_keys 7 top
states top held held held held waiting waiting waiting
touch "$DIR/end"
for name in again elsewhere behind; do wait_until "$name has it" is_there $name; done
await_keys 0 top
