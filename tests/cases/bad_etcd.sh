#!/bin/bash
# An etcd that is missing, too old or dies at once ends the start: one clear line, its last words, nothing left.
# Statements: 38, 142, 145.
. "$(dirname "$0")/../lib/case.sh"

own=(-e "name=$NAME" -e "data-dir=$DATA")

fails "missing" "no-such-etcd" limit "$ETCDFS" "${own[@]}" -e binary="$DIR/no-such-etcd" "$MNT"
nothing_left
cat >"$DIR/old" <<-'EOF'
	#!/bin/sh
	echo "etcd Version: 3.2.26"
EOF
cat >"$DIR/dying" <<-'EOF'
	#!/bin/sh
	case $* in *--version*) exec etcd --version ;; esac
	echo '{"level":"fatal","msg":"the disk is made of cheese"}' >&2
	exit 3
EOF
chmod +x "$DIR/old" "$DIR/dying"
fails "too old" "3\.2\.26" limit "$ETCDFS" "${own[@]}" -e binary="$DIR/old" "$MNT"
nothing_left
fails "dying at once" "made of cheese" limit "$ETCDFS" "${own[@]}" -e binary="$DIR/dying" "$MNT"
nothing_left
fails "a flag that etcd does not know" "no-such-flag" limit "$ETCDFS" "${own[@]}" -e no-such-flag=1 "$MNT"
nothing_left
fails "no file that can be run" "$DIR/log|permission" limit "$ETCDFS" "${own[@]}" -e binary=/etc/passwd "$MNT"
nothing_left

# Clocks that differ: etcd's warning, which it repeats, is passed on once.
cat >"$DIR/drifting" <<-'EOF'
	#!/bin/sh
	for _ in 1 2; do
		echo '{"level":"warn","msg":"prober found high clock drift","clock-drift":"5s"}' >&2
	done
	exec etcd "$@"
EOF
chmod +x "$DIR/drifting"
expect_log "^etcdfs: warning: the members' clocks differ; etcd says: prober found high clock drift$"
start_mount -e binary="$DIR/drifting"
in_mount 'echo x >key' # .role can be read before it is ready, and who ends it then is told so
stop_mount
equal "told once" 1 "$(grep -c "clocks differ" "$LOG")"
