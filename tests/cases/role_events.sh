#!/bin/bash
# .role gives one MODIFY for each change of the role and wakes poll and epoll, like a file in sysfs.
# Statements: 80.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/events.sh"

requires "needs inotify-tools" command -v inotifywait
requires "needs a C compiler" command -v cc
allow_log "etcd"
cc -D_GNU_SOURCE -Wall -o "$DIR/role_poll" "$TOP/tests/lib/role_poll.c"
start_mount

# Who reads it again on each event, and who is woken for it.
cat >"$DIR/role.py" <<'PYTHON'
import os
import inotify
path = os.environ["MNT"] + "/.role"
fd = os.open(path, os.O_RDONLY)
watch = inotify.Inotify()
watch.add(path, inotify.MODIFY)
print(os.read(fd, 99).decode(), end="", flush=True)
while watch.wait(None):
    for _, mask, _ in watch.read():
        print(os.pread(fd, 99, 0).decode(), end="", flush=True)
PYTHON
watch w "$MNT"
background reader env PYTHONPATH="$TOP/tests/lib" python3 -B "$DIR/role.py"
for how in poll epoll edge; do
	background "$how" "$DIR/role_poll" "$MNT/.role" "$how"
done
for name in reader poll epoll edge; do
	wait_until "$name reads" grep -q leader "$DIR/$name.events"
done

# goes WORD COMMAND...: the role becomes WORD, and all are told.
goes() {
	local word=$1 name
	shift
	"$@"
	wait_until "the role $word" eval '[ "$(timeout 5 cat "$MNT/.role")" = '"$word"' ]'
	for name in reader poll epoll edge; do
		wait_until "$name hears of $word" eval '[[ $(tail -n 1 "$DIR/'"$name"'.events") = *'"$word"' ]]'
	done
}

etcd=$(etcd_pid)
goes offline freeze "$etcd"
goes leader kill -CONT "$etcd"
goes offline freeze "$etcd"
goes leader kill -CONT "$etcd"
kill -KILL "$etcd"
wait_until "another etcd" eval '[ -n "$(etcd_pid)" ] && [ "$(etcd_pid)" != "$etcd" ]'
goes leader true
fence w 1

# Others may come between. Nobody may be told twice of the same; but who is slow reads the next word
# already when he is told of the one before, which happens once at most (at the end of etcd).
for name in reader poll epoll edge; do
	words=$(sed 's/.* //' "$DIR/$name.events" | paste -sd ' ')
	twice=$(tr ' ' '\n' <<<"$words" | uniq -d | wc -l)
	[ "$twice" -le 1 ] || die "$name: told twice: $words"
	[[ \ $words\  =~ \ leader\ (.*\ )?offline\ (.*\ )?leader\ (.*\ )?offline\ (.*\ )?leader\  ]] ||
		die "$name: $words"
done
words=$(wc -l <"$DIR/reader.events")
# The kernel merges two that were not read yet: the reader may have been slower than w, or w than it.
told=$(grep -c "^MODIFY $MNT/.role" "$DIR/w.events")
[ "$told" -ge "$((words - 2))" ] && [ "$told" -le "$((words + 1))" ] ||
	die "$told MODIFY of .role in the directory for $((words - 1)) changes"
equal "other events of .role" 0 "$(grep -v "^MODIFY " "$DIR/w.events" | grep -c "/.role" || true)"
for name in poll epoll edge; do
	equal "$name: woken for PRI and ERR" "" "$(sed 1d "$DIR/$name.events" | grep -v "^PRIERR " || true)"
done

# Nothing happens: nobody is woken.
is_quiet() {
	local before
	before=$(cat "$DIR"/{reader,poll,epoll,edge}.events)
	sleep 2
	[ "$before" = "$(cat "$DIR"/{reader,poll,epoll,edge}.events)" ]
}
wait_until "a time in which nobody is woken" is_quiet

# What was not read since the change wakes a poll that comes later.
check "a change before the poll" timeout 20 env PYTHONPATH="$TOP/tests/lib" python3 -B -c '
import os, select, signal, sys
from freeze import freeze
fd = os.open(os.environ["MNT"] + "/.role", os.O_RDONLY)
poll = select.poll()
poll.register(fd, select.POLLPRI)
assert os.read(fd, 99) == b"leader\n"
assert poll.poll(0) == [], "ready before any change"
freeze(int(sys.argv[1]))
assert poll.poll(10000), "not woken"
assert poll.poll(0), "not ready any more, though nothing was read"
assert os.pread(fd, 99, 0) == b"offline\n"
assert poll.poll(0) == [], "still ready after it was read"
os.kill(int(sys.argv[1]), signal.SIGCONT)
assert poll.poll(10000), "not woken"' "$(etcd_pid)"
