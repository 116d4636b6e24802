#!/bin/bash
# Presence, a time, an undo and a snapshot, by the manual's commands.
# Statements: 385, 387, 393, 433, 434, 439, 442.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/machines.sh"

requires "needs rsync" command -v rsync
make_machines a
start_machines a
tree() { on a 'cd /mnt/kv/app && find . -type d | sort && find . -type f -exec sha1sum {} + | sort -k 2'; }
on a 'cd /mnt/kv && mkdir -p app/conf/empty && echo 8080 >app/conf/port && echo x >app/gone'

equal "who is there" 10.0.0.7:8080 "$(on a "$(block presence)"'
	cat "/mnt/kv/app/$(hostname)"')"
wait_until "its end" on a '! [ -e "/mnt/kv/app/$(hostname)" ]'
page ttl a
fails "its time is taken away" "no such attribute" on a 'getfattr -n user.etcd.ttl /mnt/kv/app/maintenance'

kept=$(tree)
changed=$(on a "$(block revision)"'
	cd /mnt/kv/app; echo 9090 >conf/port; rm gone; rmdir conf/empty; echo new >new
	echo "$rev" >"$OLDPWD/rev"; set +e
	'"$(block undo)")
equal "what has changed" "< 8080 > 9090 empty gone new" \
	"$(sed -nE 's/^Only in .*: //p; /^[<>]/p' <<<"$changed" | LC_ALL=C sort | paste -sd ' ')"
equal "brought back" "$kept" "$(tree | grep -v new)"
check "the new one stays" on a '[ "$(cat /mnt/kv/app/new)" = new ]'
on a 'rev=$(cat rev); '"$(block exactly)"
equal "exactly as it was" "$kept" "$(tree)"

page snapshot a
check "the snapshot" on a 'etcdctl snapshot status backup.db' >/dev/null
