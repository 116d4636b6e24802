#!/bin/bash
# Modes, owners, times and links that another node sets: events here, and what the kernel remembers is forgotten.
# Statements: 476-479.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/events.sh"
. "$TOP/tests/lib/second.sh"

requires "needs inotify-tools" command -v inotifywait
there() { in_second "$1" >/dev/null; }

for consistency in linearizable cached; do
	start_mount -o consistency=$consistency
	start_second
	in_second 'rm -rf -- *; echo v >file; mkdir dir; echo v >dir/below'
	wait_until "the files" in_mount '[ -e dir/below ]'
	in_mount 'stat file dir dir/below >/dev/null; ls -lR >/dev/null'
	watch w -e create,modify,close_write,delete,attrib -r "$MNT"
	settle w
	step w "chmod" "ATTRIB file " there 'chmod 600 file'
	equal "the mode" 600 "$(in_mount 'stat -c %a file')"
	step w "chown" "ATTRIB file " there 'chown 12:34 file'
	equal "the owner" 12 "$(in_mount 'stat -c %u file')"
	step w "touch" "ATTRIB file " there 'touch -d "2001-01-01 UTC" file'
	equal "the time" 978307200 "$(in_mount 'stat -c %Y file')"
	step w "a directory" "(ATTRIB,ISDIR dir/? ){2}" there 'chmod 700 dir'
	equal "its mode" 700 "$(in_mount 'stat -c %a dir')"
	step w "another client" "ATTRIB file " ctl put .etcd/meta/file '{"mode":"0444"}'
	equal "its mode" 444 "$(in_mount 'stat -c %a file')"
	step w "what is kept is deleted" "ATTRIB file " ctl del .etcd/meta/file
	equal "the default" 644 "$(in_mount 'stat -c %a file')"
	step w "made with a mode" "(CREATE|MODIFY|CLOSE_WRITE) tool .*CLOSE_WRITE tool " \
		there 'python3 -c "import os; os.close(os.open(\"tool\", os.O_CREAT | os.O_EXCL, 0o755))"'
	equal "the mode" 755 "$(in_mount 'stat -c %a tool')"
	step w "a link" "CREATE link " there 'ln -s file link'
	equal "a link" file "$(in_mount 'readlink link')"
	step w "a fifo" "CREATE fifo " there 'mkfifo fifo'
	step w "their end" "DELETE (link|fifo) DELETE (link|fifo) " there 'rm link fifo'
	in_second 'chmod 751 .'
	equal "the root" 751 "$(in_mount 'stat -c %a .')"
	in_second 'chmod 755 .'
	unwatch w
	end_second
	stop_mount
done
