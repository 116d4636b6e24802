#!/bin/bash
# Two users and root run an etcdfs of the same name, and none reaches what belongs to another.
# Statements: 140.
. "$(dirname "$0")/../lib/case.sh"

requires "needs a mount namespace, and so root" unshare -m true
requires "needs two users" id nobody daemon
requires "fusermount3 needs /etc/mtab" test -e /etc/mtab

for_other_users
for user in nobody daemon; do
	mkdir -p "$DIR/$user/mnt" "$DIR/$user/mnt2" "$DIR/$user/run"
	chmod 700 "$DIR/$user/run"
	chown -R "$user" "$DIR/$user"
done
cat >"$DIR/user" <<'USER'
set -eu
user=$1 other=$2
cd /
export HOME=$DIR/$user XDG_STATE_HOME=$DIR/$user/state XDG_RUNTIME_DIR=$DIR/$user/run
"$ETCDFS" -e name="$NAME" "$HOME/mnt"
echo "$user" >"$HOME/mnt/who"
touch "$DIR/$user/ready"
until [ -e "$DIR/$other/ready" ]; do sleep 0.05; done
fail() { echo "$user: $*" >&2; exit 1; }
denied() {
	! "$@" 2>"$HOME/words" || fail "allowed: $*"
	grep -qi "denied\|permitted" "$HOME/words" || fail "$*: $(cat "$HOME/words")"
}
[ "$(cat "$HOME/mnt/who")" = "$user" ] || fail "not my value: $(cat "$HOME/mnt/who")"
denied ls "$DIR/$other/mnt"
denied ls "$MNT"
denied ls "$DIR/$other/state/etcdfs"
denied ls "$DIR/$other/run"
denied ls "/run/etcdfs/$NAME"
! fusermount3 -u "$DIR/$other/mnt" 2>/dev/null || fail "unmounted the other's"
# What is in the memory of one's own is not read either.
ours=$(pgrep -u "$user" -f "etcdfs .* $HOME/mnt\$") # other cases have processes of this user as well
[ "$(wc -l <<<"$ours")" -ge 2 ]
for pid in $ours; do
	denied cat "/proc/$pid/environ"
	denied cat "/proc/$pid/mem"
done
[ -n "$(pgrep -u "$user" -x etcd -P "${ours//$'\n'/,}")" ]
# To let others in is root's to allow.
if ! grep -q "^user_allow_other" /etc/fuse.conf; then
	! "$ETCDFS" -e name="$NAME.2" -o allow_other "$HOME/mnt2" 2>"$HOME/words" || fail "allow_other"
	grep -q user_allow_other "$HOME/words" || fail "$(cat "$HOME/words")"
fi
touch "$DIR/$user/done"
until [ -e "$DIR/$other/done" ]; do sleep 0.05; done
until fusermount3 -u "$HOME/mnt" 2>"$HOME/words"; do # busy while an event is just being made (36)
	grep -qi busy "$HOME/words"
	sleep 0.05
done
until [ ! -e "$XDG_RUNTIME_DIR/etcdfs/$NAME" ]; do sleep 0.05; done # it ends a moment later
USER
start_mount
in_mount 'echo root >who'
check "nobody and daemon" limit unshare -m sh -c '
	mknod -m 666 "$DIR/fuse" c 10 229 && mount --bind "$DIR/fuse" /dev/fuse
	for pair in "nobody daemon" "daemon nobody"; do
		setpriv --reuid="${pair% *}" --regid=nogroup --clear-groups bash "$DIR/user" $pair &
		pids="$pids $!"
	done
	for pid in $pids; do wait $pid || exit 1; done'
equal "root's own" root "$(in_mount 'cat who')"
