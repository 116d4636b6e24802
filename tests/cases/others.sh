#!/bin/bash
# Another user reaches nothing: the files only if allow_other and the mode say so, and nothing else at all.
# Statements: 139, 140.
. "$(dirname "$0")/../lib/case.sh"

requires "needs to become another user, and so root" test "$(id -u)" = 0
requires "needs a user 'nobody'" id nobody

for_other_users
nobody() {
	(cd / && PATH=/usr/bin:/bin:/usr/sbin:/sbin limit \
		setpriv --reuid=nobody --regid=nogroup --clear-groups "$@")
}
allowed() { check "nobody: $1" nobody bash -c "$2"; }
# denied SCRIPT...: each is refused, in these words.
denied() {
	check "nobody is denied" nobody bash -c '
		for script; do
			words=$( (eval "$script") 2>&1 >/dev/null) && words="it worked"
			grep -qiE "permission ?(error|denied)|not permitted" <<<"$words" ||
				{ echo "$script: $words" >&2; exit 1; }
		done' nobody "$@"
}

# What is nobody's business whatever the mount's options are.
keeps_private() {
	local device abort pid
	denied "ls $RUN" "ls $DATA" "ls $RUN_BASE" "cat $DATA/member/snap/db" "cat $DATA/etcdfs.lock" \
		"python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect(\"$RUN/client:0\")'"
	fails "etcdctl" "permission denied|deadline exceeded" nobody env \
		ETCDCTL_DIAL_TIMEOUT=1s ETCDCTL_COMMAND_TIMEOUT=1s etcdctl --endpoints="unix://$RUN/client:0" get key
	fails "umount" "." nobody umount "$MNT"
	fails "fusermount3" "." nobody fusermount3 -u "$MNT"
	fails "fusermount3, lazily" "." nobody fusermount3 -uz "$MNT"
	device=$(awk -v at="$MNT" '$5 == at { sub(".*:", "", $3); print $3 }' /proc/self/mountinfo)
	abort=/sys/fs/fuse/connections/$device/abort # not every container has it
	[ ! -e "$abort" ] || denied "echo 1 >$abort"
	for pid in "$PID" "$(fs_pid)" "$(etcd_pid)"; do
		denied "kill $pid" "cat /proc/$pid/mem" "cat /proc/$pid/environ" "ls /proc/$pid/fd"
	done
	is_mounted || die "not mounted any more"
	equal "it goes on" value "$(in_mount 'cat key')"
}
sees_nothing() {
	denied 'ls "$MNT"' 'cat "$MNT/key"' 'cat "$MNT/.role"' 'cat "$MNT/.etcd/since/0"' 'cd "$MNT"' \
		'echo >"$MNT/new"' 'echo >"$MNT/key"' 'mkdir "$MNT/d"' 'rm "$MNT/key"' \
		'mv "$MNT/key" "$MNT/key2"'
}
changes_nothing() {
	denied 'echo >"$MNT/new"' 'echo >"$MNT/key"' 'echo >>"$MNT/dir/key"' 'mkdir "$MNT/d"' \
		'rm -f "$MNT/key"' 'rm -f "$MNT/dir/key"' 'mv "$MNT/key" "$MNT/key2"' 'rmdir "$MNT/empty"' \
		'chmod 777 "$MNT/key"' 'chown nobody "$MNT/key"' 'touch "$MNT/key"' \
		'truncate -s 0 "$MNT/key"' 'ln "$MNT/key" "$MNT/l"'
	equal "the keys" "$before" "$(keys)"
}

# etcd may be late with an answer, and then there is no leader for a moment.
READS_LEADER='until role=$(cat "$MNT/.role") || exit; [ "$role" = leader ]; do sleep 0.1; done'

# with WHAT ARG...: a mount with these options and some keys in it.
with() {
	local what=$1 options
	start_mount "${@:2}"
	in_mount 'mkdir -p dir empty; printf value | tee key >dir/key'
	before=$(keys)
	options=$(awk -v at="$MNT" '$5 == at' /proc/self/mountinfo)
	case $options in
	*allow_other*) [[ $options = *default_permissions* ]] || die "$what: $options" ;;
	esac
}

umask 022
with "by default"
sees_nothing
keeps_private
stop_mount

umask 077 # of who starts it: it does not count
with "allow_other" -o allow_other
allowed "read" '[ "$(cat "$MNT/key" "$MNT/dir/key")" = valuevalue ]'
allowed "list" '[ "$(ls "$MNT" | paste -sd " ")" = "dir empty key" ]'
allowed "the role" "$READS_LEADER"
equal "modes" "755 644" "$(in_mount 'stat -c %a dir key | paste -sd " "')"
changes_nothing
stop_mount

umask 022
with "a closed umask" -o allow_other,umask=077
sees_nothing
stop_mount

with "a group's" -o "allow_other,umask=027,gid=$(id -g nobody)"
allowed "read" '[ "$(cat "$MNT/key")" = value ] && ls "$MNT/dir" >/dev/null'
changes_nothing
stop_mount

with "an open umask" -o allow_other,umask=0
allowed "write" 'cd "$MNT" && printf value >key && echo x >new && mkdir d && mv new d/ && rm -r d'
keeps_private
stop_mount

with "somebody else's" -o "allow_other,umask=077,uid=$(id -u nobody)"
allowed "write" 'cd "$MNT" && printf value >key && echo x >new && rm new'
allowed "the role" "$READS_LEADER"
stop_mount
