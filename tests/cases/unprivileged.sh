#!/bin/bash
# An ordinary user starts etcdfs and mounts it in directories of their own, through fusermount3.
# Statements: 82, 279.
. "$(dirname "$0")/../lib/case.sh"

requires "needs a mount namespace, and so root" unshare -m true
requires "needs a user 'nobody'" id nobody
requires "fusermount3 needs /etc/mtab" test -e /etc/mtab

# The machine's /dev/fuse may be root's alone: this namespace has one for everybody.
for_other_users
mkdir "$DIR/home"
mv "$MNT" "$DIR/home/mnt"
chown -R nobody "$DIR/home" "$XDG_RUNTIME_DIR"
cat >"$DIR/user" <<'USER'
set -eu
export HOME=$DIR/home XDG_STATE_HOME=$DIR/home/state
"$ETCDFS" -e name="$NAME" "$HOME/mnt"
cd "$HOME/mnt"
echo world >hello
[ "$(cat hello)" = world ]
until [ "$(cat .role)" = leader ]; do sleep 0.05; done # not while a loaded machine's etcd is late
[ "$(stat -c %U hello)" = nobody ]
[ -S "$XDG_RUNTIME_DIR/etcdfs/$NAME/client:0" ]
[ -d "$XDG_STATE_HOME/etcdfs/$NAME/member" ]
cd /
until fusermount3 -u "$HOME/mnt" 2>"$HOME/words"; do # busy while an event is just being made (36)
	grep -qi busy "$HOME/words"
	sleep 0.05
done
# From where it has moved to it is taken off as well.
mkdir -p "$HOME/above/mnt"
"$ETCDFS" -e name="$NAME" "$HOME/above/mnt"
read -r pid _ <"$XDG_RUNTIME_DIR/etcdfs/$NAME/etcdfs.lock"
mv "$HOME/above" "$HOME/moved"
kill -TERM "$pid"
while grep -q " $HOME/moved/mnt " /proc/self/mountinfo; do sleep 0.05; done
USER
check "as nobody" limit unshare -m sh -c '
	mknod -m 666 "$DIR/fuse" c 10 229 && mount --bind "$DIR/fuse" /dev/fuse
	exec setpriv --reuid=nobody --regid=nogroup --clear-groups bash "$DIR/user"'
wait_until "the end of all" none_marked
