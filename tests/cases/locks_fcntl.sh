#!/bin/bash
# fcntl locks: ranges on one mount, the whole file between mounts, conversions, who would wait for ever.
# Statements: 398, 400, 402.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/locks.sh"

start_mount
start_beside 1
in_mount 'echo x >key; echo y >other'

# tells I WHAT 'EXPECTED...' STEP...: what the steps on mount I print, in one line.
tells() { equal "$2" "$3" "$(lock_steps "$1" key "${@:4}" | tr '\n' ' ' | sed 's/ $//')"; }

# hold I NAME STEP...: a process that has done the steps, goes on with NAME.go and ends with NAME.end.
hold() {
	lock_steps "$1" key "${@:3}" "say:$2.held" "await:$2.end" >/dev/null &
	wait_until "the holder $2" is_there "$2.held"
}
release() { touch "$DIR/$1.end"; await_keys 0 key; }

# --- Ranges ---
hold 0 parts open:r+ setlk:w:10:10 setlk:r:30:10 setlk:u:14:2 setlk:w:100:0
tells 0 "parts of it" "ok ok EAGAIN EAGAIN ok EAGAIN ok EAGAIN" \
	open:r+ setlk:w:14:2 setlk:w:13:1 setlk:r:16:1 setlk:r:30:10 setlk:w:30:1 setlk:w:40:60 setlk:w:99:2
BY="pid $(cat "$DIR/parts.held")"
tells 0 "who has what" "ok w:10:4 $BY w:16:4 $BY r:30:10 $BY w:100:0 $BY free" \
	open:r+ getlk:w:0:0 getlk:w:14:9 getlk:w:20:50 getlk:r:40:0 getlk:r:20:80
tells 1 "the whole file on another mount" "ok EAGAIN EAGAIN EAGAIN" \
	open:r+ setlk:w:14:2 setlk:r:30:10 ex-nb
tells 1 "who has it, there" "ok w:0:0 pid 0 w:0:0 pid 0" open:r+ getlk:w:14:2 getlk:r:60:1
equal "one key for all of them" 1 "$(lock_keys key | wc -l)"
release parts
hold 0 all-shared open:r+ setlk:w:0:5 setlk:r:0:0
tells 1 "all shared now" "ok ok r:0:0 pid 0 EAGAIN" open:r+ setlk:r:3:1 getlk:w:3:1 setlk:w:3:1
release all-shared

# --- Conversions ---
tells 0 "alone" "ok ok ok ok ok" open:r+ setlk:r:0:0 setlk:w:0:0 setlk:r:0:0 setlk:u:0:0
hold 1 reader open:r+ setlk:r:0:0
tells 0 "beside another reader" "ok ok EAGAIN ok" open:r+ setlk:r:0:0 setlk:w:0:0 setlk:r:0:0
lock_steps 0 key open:r+ setlk:r:0:0 setlkw:w:0:0 say:first >/dev/null &
await_keys 3 key
tells 1 "behind one that waits" "ok EAGAIN" open:r+ setlk:r:0:0
touch "$DIR/reader.end"
wait_until "its turn" is_there first
await_keys 0 key

# Both have it shared and want more: the second one is told, and when it ends, the first has it.
lock_steps 0 key open:r+ setlk:r:0:0 say:a await:go setlkw:w:0:0 say:a-done >"$DIR/a.out" &
lock_steps 1 key open:r+ setlk:r:0:0 say:b await:go2 setlkw:w:0:0 setlk:u:0:0 say:b-done >"$DIR/b.out" &
wait_until "both read" is_there a
wait_until "both read" is_there b
touch "$DIR/go"
await_keys 3 key
touch "$DIR/go2"
wait_until "the second one's end" is_there b-done
equal "the second would wait for ever" EDEADLOCK "$(sed -n 5p "$DIR/b.out")"
wait_until "the first one's turn" is_there a-done
equal "the first has it" "ok" "$(sed -n 5p "$DIR/a.out")"
await_keys 0 key

# --- flock: the old one may be given up on the way, but not by who does not wait ---
lock_steps 0 key open:r+ sh say:f await:f-go ex say:f-done >/dev/null &
wait_until "the first reader" is_there f
lock_steps 1 key open:r+ sh say:g await:g-go ex-nb say:g-tried ex say:g-done >"$DIR/g.out" &
wait_until "the second reader" is_there g
touch "$DIR/g-go"
wait_until "it has tried" is_there g-tried
equal "without waiting" EAGAIN "$(sed -n 5p "$DIR/g.out")"
touch "$DIR/f-go"
wait_until "one after the other" is_there f-done
wait_until "one after the other" is_there g-done
await_keys 0 key
