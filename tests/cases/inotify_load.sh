#!/bin/bash
# Thousands of changes of one watched key share events; after the last event the last value is readable.
# Statements: 77.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/events.sh"

PUTS=${PUTS:-5000}
bench=$(dirname "$ETCDFS")/../tests/bench/etcd_bench
requires "needs inotify-tools" command -v inotifywait
[ -x "$bench" ] || die "no $bench: build it first"
start_mount -o timeout=30 # the reader takes no error
ctl put bench 0 >/dev/null
watch w "$MNT"

# A reader that reads again on each event: its last word is the last value.
cat >"$DIR/last.py" <<'PYTHON'
import os, inotify
os.chdir(os.environ["MNT"])
watch = inotify.Inotify()
watch.add("bench", inotify.MODIFY | inotify.CLOSE_WRITE)
print("ready", flush=True)
while True:
    watch.wait(None)
    list(watch.read())
    print("read", open("bench", "rb").read().rstrip(b"\0").decode(), flush=True)
PYTHON
background last env PYTHONPATH="$TOP/tests/lib" python3 -B "$DIR/last.py"
wait_until "the reader" grep -q ready "$DIR/last.events"

# The bench gives up when etcd takes 5 s for an answer.
many_puts() {
	first=$(($(lines_of w) + 1))
	limit "$bench" "unix://$RUN/client:0" put "$PUTS" 64 >/dev/null
}
many_puts || many_puts || die "no $PUTS puts"
ctl put bench last >/dev/null
last_word() { [ "$(tail -n 1 "$DIR/last.events")" = "read last" ]; }
wait_until "the last value at the reader" last_word
fence w 1
modified=$(tail -n "+$first" "$DIR/w.events" | grep -c "^MODIFY .*/bench")
say "$PUTS puts, $modified times MODIFY"
[ "$modified" -ge 1 ] || die "no event at all"
[ "$modified" -le $((PUTS * 3 / 4)) ] || die "$modified events of $PUTS quick changes"
check "the last word is still the last" last_word
