#!/bin/bash
# An ordinary user who mounts gets events, and no process of the mount is root's.
# Statements: 82.
. "$(dirname "$0")/../lib/case.sh"

requires "needs a mount namespace, and so root" unshare -m true
requires "needs a user 'nobody'" id nobody
requires "needs inotify-tools" command -v inotifywait

for_other_users
mkdir "$DIR/home"
mv "$MNT" "$DIR/home/mnt"
chown -R nobody "$DIR/home" "$XDG_RUNTIME_DIR"
cat >"$DIR/user" <<'USER'
set -eux
export HOME=$DIR/home XDG_STATE_HOME=$DIR/home/state
"$ETCDFS" -e name="$NAME" "$HOME/mnt"
ctl() { timeout 60 etcdctl --endpoints="unix://$XDG_RUNTIME_DIR/etcdfs/$NAME/client:0" "$@" >/dev/null; }
ctl put dir/key 1
[ "$(cat "$HOME/mnt/dir/key")" = 1 ]
# Each change is made when the one before was told.
timeout 60 inotifywait -m --format '%e %f' "$HOME/mnt/dir" 2>"$HOME/err" >"$HOME/told" &
watcher=$!
until grep -q established "$HOME/err"; do sleep 0.05; done
told() { timeout 60 bash -c 'until grep -q "^$1" "$HOME/told"; do sleep 0.02; done' told "$1"; }
ctl put dir/key 2
told "CLOSE_WRITE,CLOSE key"
ctl put dir/new 2
told "CLOSE_WRITE,CLOSE new"
ctl del dir/new
told "DELETE new"
# The mountpoint is an argument of each process, and the notifier's begin with its bare name.
[ -z "$(pgrep -u root -f "$HOME/mnt" || true)" ]
[ -n "$(pgrep -u nobody -f "^etcdfs .*$HOME/mnt")" ]
kill "$watcher"
until fusermount3 -u "$HOME/mnt" 2>"$HOME/words"; do # busy while an event is just being made (36)
	grep -qi busy "$HOME/words"
	sleep 0.05
done
USER
timeout -k 5 200 unshare -m sh -c '
	mknod -m 666 "$DIR/fuse" c 10 229 && mount --bind "$DIR/fuse" /dev/fuse
	exec setpriv --reuid=nobody --regid=nogroup --clear-groups bash "$DIR/user"' 2>"$DIR/trace" ||
	die "as nobody: $(tail -n 5 "$DIR/trace"); told: $(paste -sd ';' "$DIR/home/told" || true)"
wait_until "the end of all" none_marked
