#!/bin/bash
# A start does not silently replace a lost data directory by an empty one; its line says the way back.
# Statements: 143, 144, 366.
. "$(dirname "$0")/../lib/case.sh"

own=(-e "name=$NAME" -e "data-dir=$DATA")
start_mount
in_mount 'echo x >key'
stop_mount

mv "$DATA" "$DIR/away"
refuses "lost" "$DATA is empty, but etcd has run there.* remove $DATA.etcdfs" "${own[@]}" "$MNT"
[ ! -e "$DATA" ] || die "a data directory was made"
mkdir "$DATA" # as when its disk is not mounted
refuses "empty" "$DATA is empty, but etcd has run there.* remove $DATA.etcdfs" "${own[@]}" "$MNT"
equal "what is in it" "" "$(ls -A "$DATA")"
refuses "a member of a cluster" "this member has run there.* --join URL" "${own[@]}" \
	-e "initial-cluster=$NAME=http://127.0.0.1:1,other=http://127.0.0.1:2" "$MNT"
rmdir "$DATA"
refuses "a new cluster of nothing" "force-new-cluster: the data directory $DIR/none has no member's data" \
	-e "name=$NAME" -e "data-dir=$DIR/none" -e force-new-cluster=true "$MNT"
[ ! -e "$DIR/none" ] || die "a data directory was made"
printf '%s\n' '[etcd]' 'force-new-cluster = true' >"$DIR/conf"
refuses "in the file" "$DIR/conf, line 2: .*for one start: give it on the command line" -c "$DIR/conf" "$MNT"

# The two ways back.
mv "$DIR/away" "$DATA"
start_mount
equal "brought back" x "$(in_mount 'cat key')"
stop_mount
rm -r "$DATA" "$DATA.etcdfs"
start_mount
equal "started anew" "" "$(in_mount 'ls')"
in_mount 'echo y >key'
stop_mount

# An initial-cluster that was changed means nothing to an etcd that has data: told once.
port=$(free_ports 1)
printf '%s\n' '[etcd]' '' "initial-cluster = $NAME=http://127.0.0.1:$port" >"$DIR/conf"
expect_log "members' traffic goes over http://"
expect_log "^etcdfs: warning: $DIR/conf, line 3: \[etcd\] initial-cluster: not that of the run before, and ignored"
for _ in 1 2; do
	start_mount -c "$DIR/conf"
	equal "the same data" y "$(in_mount 'cat key')"
	stop_mount
done
equal "told" 1 "$(grep -c "not that of the run before" "$LOG")"
