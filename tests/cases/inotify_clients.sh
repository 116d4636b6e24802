#!/bin/bash
# Real programs that watch: entr, tail -F, Node's fs.watch, Java's WatchService, systemd's way, Python
# on the kernel's API.
# Statements: 70, 72.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/events.sh"

start_mount
in_mount 'mkdir conf; echo 1 >conf/app; echo "line 1" >conf/log'

# waits PID: is it in a poll without end? (For 50 ms after its start, and after each run of its
# command, entr throws away what it is told; so the last change has to be told whole before that.)
waits() { grep -qE '^[0-9]+ 0x[0-9a-f]+ 0x1 0x(f+|0) ' "/proc/$1/syscall"; }

is_told() { [[ $(paste -sd ' ' "$DIR/$1.events") =~ $2 ]]; }

# told NAME REGEX WHAT: REGEX comes in what the client says.
told() { (wait_until "$3" is_told "$1" "$2") || die "$1: said $(cat "$DIR/$1.events" "$DIR/$1.err")"; }

# change KEY VALUE: by somebody else.
change() { ctl put "conf/$1" "$2" >/dev/null; }

if command -v entr >/dev/null; then
	echo "$MNT/conf/app" >"$DIR/list"
	FENCES_IN=conf/
	watch fences "$MNT/conf"
	# shellcheck disable=SC2016
	background entr sh -c 'exec entr -np cat "$MNT/conf/app" <"$DIR/list"'
	for value in one two three; do
		settle fences
		wait_until "entr" waits "$WATCHER"
		change app "entr-$value "
		told entr "entr-$value" "entr runs its command"
	done
	unwatch entr
	unwatch fences
else
	say "(no entr here)"
fi

# systemd's PathChanged=: the file itself and the directory, for the end of a write.
background systemd inotifywait -m --format '%e %w%f' \
	-e close_write,create,delete,moved_to,moved_from,delete_self,move_self,attrib \
	"$MNT/conf/app" "$MNT/conf"
wait_until "inotifywait" stands systemd
change app s1
told systemd "CLOSE_WRITE,CLOSE $MNT/conf/app" "CLOSE_WRITE of the file"
change unit "[Path]"
told systemd "CREATE $MNT/conf/unit CLOSE_WRITE,CLOSE $MNT/conf/unit" "CLOSE_WRITE of a new file"
unwatch systemd

# IN_CLOSE_WRITE alone, by the kernel's own calls, waiting in epoll.
cat >"$DIR/close_write.py" <<'PYTHON'
import os, select
import inotify
watch = inotify.Inotify()
watch.add(os.environ["MNT"] + "/conf", inotify.CLOSE_WRITE)
epoll = select.epoll()
epoll.register(watch.fd, select.EPOLLIN)
print("ready", flush=True)
while True:
    epoll.poll()
    for _, mask, name in watch.read():
        value = open(os.environ["MNT"] + "/conf/" + name).read()
        print(inotify.words(mask), name, value, flush=True)
PYTHON
background python env PYTHONPATH="$TOP/tests/lib" python3 -B "$DIR/close_write.py"
told python ready "Python is ready"
for value in 1 2 3; do
	change app "python-$value"
	told python "CLOSE_WRITE app python-$value" "IN_CLOSE_WRITE with the new value"
done
unwatch python

if command -v node >/dev/null; then
	cat >"$DIR/watch.js" <<'NODE'
const fs = require('fs');
const dir = process.env.MNT + '/conf';
fs.watch(dir, (type, name) => console.log('dir', type, name));
fs.watch(dir + '/app', (type, name) => console.log('file', type, name));
console.log('ready');
NODE
	background node node "$DIR/watch.js"
	told node ready "node is ready"
	change app node
	told node "dir change app" "fs.watch of the directory: a change"
	told node "file change app" "fs.watch of the file"
	change node-new 1
	told node "dir rename node-new" "fs.watch: a new name"
	ctl del conf/app >/dev/null
	told node "dir rename app" "fs.watch: a deleted name"
	told node "file rename app" "fs.watch of the file: it is deleted"
	unwatch node
else
	say "(no node here)"
fi

if command -v javac >/dev/null; then
	cat >"$DIR/Watch.java" <<'JAVA'
import static java.nio.file.StandardWatchEventKinds.*;
import java.nio.file.*;

class Main {
	public static void main(String[] arguments) throws Exception {
		Path dir = Path.of(System.getenv("MNT"), "conf");
		WatchService service = dir.getFileSystem().newWatchService();
		dir.register(service, ENTRY_CREATE, ENTRY_MODIFY, ENTRY_DELETE);
		System.out.println("ready");
		for (WatchKey key = service.take(); ; key.reset(), key = service.take())
			for (WatchEvent<?> event : key.pollEvents())
				System.out.println(event.kind() + " " + event.context());
	}
}
JAVA
	background java java -XX:+UseSerialGC -XX:-UsePerfData "$DIR/Watch.java"
	told java ready "Java is ready"
	change java-new 1
	told java "ENTRY_CREATE java-new" "WatchService: a new name"
	change unit "[Path] 2"
	told java "ENTRY_MODIFY unit" "WatchService: a change"
	ctl del conf/java-new >/dev/null
	told java "ENTRY_DELETE java-new" "WatchService: a deleted name"
	unwatch java
else
	say "(no java here)"
fi

background tail tail -n +1 -F "$MNT/conf/log"
told tail "line 1" "tail -F: what is there"
change log $'line 1\nline 2\n'
told tail "line 2" "tail -F: what is appended"
in_mount 'echo "line 3" >>conf/log'
told tail "line 3" "tail -F: what is appended here"
ctl del conf/log >/dev/null
wait_until "tail -F: it says that the file has gone" grep -q "inaccessible\|No such file" "$DIR/tail.err"
change log $'line 4\n'
told tail "line 4" "tail -F: a new file"
unwatch tail
