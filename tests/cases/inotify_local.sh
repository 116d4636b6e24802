#!/bin/bash
# A local write makes exactly the kernel's own events; an idle or unwatched mount makes none.
# Statements: 76, 78.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/events.sh"

requires "needs inotify-tools" command -v inotifywait
SEQUENCE='
	echo 1 >new; echo 2 >new; echo 3 >>new; : >void; truncate -s 0 new; cat new
	mkdir dir dir/sub; echo 1 >dir/a; mv dir/a dir/b; echo x >dir/c; mv -f dir/c dir/b; cp dir/b new
	rm new; echo again >new; sed -i s/again/changed/ new
	rmdir dir/sub; rm dir/b; rmdir dir; touch void; rm void
	python3 -c "
import os
fd = os.open(\"fd\", os.O_RDWR | os.O_CREAT)
for i in range(3):
    os.write(fd, b\"x\")
    os.fsync(fd)
os.close(fd)"'

# local_events NAME: what the sequence and a local fence give, every kind of event.
local_events() {
	watch_all "$1" "$MNT"
	in_mount "$SEQUENCE"
	in_mount 'echo x >local-fence'
	wait_until "the local events" has_event "$1" "CLOSE_WRITE local-fence" 1
}

# The kernel leaves out an event that is the same as the last one that was not read yet.
names_of_sed() { sed -E 's/sed[A-Za-z0-9]{6}/sedXXXXXX/g' | uniq; }

# Without events for other nodes: the kernel's own, and nothing for what others do.
start_mount -o inotify=off
wait_until "the role" in_mount 'grep -q leader .role'
local_events off
ctl put remote 1 >/dev/null
wait_until "the remote value" in_mount '[ "$(cat remote)" = 1 ]'
ctl put remote 2 >/dev/null
wait_until "the new remote value" in_mount '[ "$(cat remote)" = 2 ]'
ctl del remote >/dev/null
wait_until "its end" in_mount '[ ! -e remote ]'
in_mount 'echo x >second-fence'
wait_until "the local events" has_event off "CLOSE_WRITE second-fence" 1
if [[ $(events off) =~ (CREATE|MODIFY|DELETE|CLOSE_WRITE)\ remote ]]; then
	die "inotify=off: an event: $(events off)"
fi
equal "inotify=off: no notifier" "" "$(pgrep -P "$(fs_pid)" || true)"
sed '/second-fence/,$d; /remote/d; /\.role$/d' "$DIR/off.events" | names_of_sed >"$DIR/off"
end_watchers
stop_mount
rm -r "$DATA" "$DATA.etcdfs"

# With them: the same. The remote fence's events come after those of every echo.
start_mount
wait_until "the role" in_mount 'grep -q leader .role'
local_events on
first=$(($(lines_of on) + 1))
fence on "$first"
without_fences on "$first" | sed -E 's/(OPEN|ACCESS|CLOSE_NOWRITE)(,ISDIR)? [^ ]* //g' >"$DIR/echo"
equal "echoes of local writes" "" "$(cat "$DIR/echo")"
sed '/fence-1/,$d; /\.role$/d' "$DIR/on.events" | names_of_sed >"$DIR/on"
check "the same events as without" diff "$DIR/off" "$DIR/on"

# Many local writers at once, while others write: still no echo.
in_mount 'mkdir busy; for i in {1..4}; do mkdir busy/$i; done'
watch busy "$MNT" "$MNT"/busy/{1,2,3,4}
for i in 1 2 3 4; do
	in_mount 'for i in {1..50}; do echo $i >busy/$1/a; mv busy/$1/a busy/$1/b; rm busy/$1/b; done' $i &
	workers+=($!)
done
for i in {1..50}; do echo "put remote-$i x"; done | python3 -B "$TOP/tests/lib/kv.py" "$RUN"
wait "${workers[@]}"
fence busy 1
for kind in "CREATE" "MODIFY" "CLOSE_WRITE" "MOVED_FROM" "MOVED_TO" "DELETE"; do
	equal "local $kind" 200 "$(events busy | grep -oE "(^| )$kind busy/" | wc -l)"
done
unwatch busy

# Nothing changes: nothing is told. Unknown names are touched by nobody.
settle on
first=$(($(lines_of on) + 1))
for i in {1..50}; do ctl put nobody/knows/$((i % 5)) $i; done >/dev/null
fence on "$first"
told=$(without_fences on "$first")
[[ $told =~ ^(CREATE,ISDIR\ nobody )?$ ]] || die "unwatched names: $told"
idle=$(lines_of on)
sleep 3
equal "events of an idle mount" "" "$(events on $((idle + 1)))"
