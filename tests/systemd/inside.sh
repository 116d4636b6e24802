#!/bin/bash
# What tests/systemd/run checks, with systemd as process 1.
set -Eeuo pipefail
LIMIT=30
# shellcheck source=tests/lib/judge.sh
. /run/judge.sh
trap 'echo "line $LINENO: status $?: $BASH_COMMAND"; show' ERR

show() {
	systemctl status --no-pager -l "etcdfs@*" 2>&1 | tail -n 60
	journalctl --no-pager -n 60 2>&1 || true
}

say() { echo "ok: $*"; }

die() {
	echo "$*"
	show
	exit 1
}

property() { systemctl show -P "$1" "$2"; }
is_mounted() { grep -q " $1 .* - fuse.etcdfs " /proc/self/mountinfo; }
is_unmounted() { ! is_mounted "$1"; }
has_role() { [ "$(timeout 5 cat "$1/.role")" = "$2" ]; }
status_is() { [[ $(property StatusText "$1") =~ $2 ]]; }

# write_conf NAME MOUNTPOINT LINE...
write_conf() {
	mkdir -p /etc/etcdfs "$2"
	sed "s,^mountpoint = .*,mountpoint = $2," /run/example >"/etc/etcdfs/$1.conf"
	[ $# = 2 ] || printf '%s\n' "[etcd]" "${@:3}" >>"/etc/etcdfs/$1.conf"
}

# --- One service ---
service=etcdfs@kv.service
write_conf kv /mnt/kv
printf '%s\n' '[hooks]' 'on-leader = ip link >/run/hook && systemctl start hooked' >>/etc/etcdfs/kv.conf
printf '[Service]\nExecStart=sleep infinity\n' >/run/systemd/system/hooked.service
systemctl daemon-reload
limit systemctl start "$service"
equal "the mount, when systemctl start returns" leader "$(limit cat /mnt/kv/.role)"
pid=$(property MainPID "$service")
has_state() { [ "$(property ActiveState "$service")" = "$1" ]; }
for process in "$pid" $(pgrep -P "$pid" -x "etcd|etcdfs"); do
	equal "the mount namespace of $process" "$(readlink /proc/1/ns/mnt)" "$(readlink "/proc/$process/ns/mnt")"
done
for process in "$pid" $(pgrep -P "$pid" -x "etcd|etcdfs"); do
	grep -q "^Seccomp:.*2" "/proc/$process/status" || die "system calls of $process are not filtered"
done
equal "the mount as process 1 sees it" fuse.etcdfs "$(findmnt -n --task 1 -o FSTYPE --mountpoint /mnt/kv)"
[ -d /var/lib/etcdfs/kv/member ] || die "the data are elsewhere"
equal "the data directory" "700 root" "$(stat -c '%a %U' /var/lib/etcdfs/kv)"
equal "the run directory" "700 root" "$(stat -c '%a %U' /run/etcdfs/kv)"
wait_until "the status line" status_is "$service" '^leader, term [1-9][0-9]*, revision [1-9][0-9]*$'
echo value >/mnt/kv/key
equal "a value" value "$(ETCDCTL_API=3 etcdctl --endpoints=unix:///run/etcdfs/kv/client:0 get --print-value-only key)"
say "the mount is there for all when systemctl start returns: $(property StatusText "$service")"

wait_until "what a hook starts" systemctl is-active hooked
[ -s /run/hook ] || die "a hook sees no network"
say "a hook works within the limits of the unit"

# A second etcdfs of the same name is refused, and harms nothing.
mkdir -p /mnt/other
if words=$(limit etcdfs -f -c /etc/etcdfs/kv.conf /mnt/other 2>&1); then
	die "a second one of the same name is started"
fi
equal "the first one goes on" leader "$(limit cat /mnt/kv/.role)"
say "another of the same name is refused: $words"

# A child that dies is the supervisor's; so is one that the kernel kills for its memory.
kill -KILL "$(pgrep -P "$pid" -x etcd)"
wait_until "it leads again" has_role /mnt/kv leader
equal "the supervisor" "$pid" "$(property MainPID "$service")"

# A reload goes on with the program at its path, in the same process and under the mount.
fs_pid() { pgrep -P "$pid" -f -- ' --filesystem /mnt/kv$'; }
runs_new() { [ "$(readlink "/proc/$pid/exe")" = /usr/bin/etcdfs ] && [ "$(fs_pid)" != "$old" ] && has_state active; }
old=$(fs_pid)
etcd=$(pgrep -P "$pid" -x etcd)
cp /usr/bin/etcdfs /usr/bin/etcdfs.new
mv /usr/bin/etcdfs.new /usr/bin/etcdfs
limit systemctl reload "$service"
wait_until "the new program" runs_new
equal "etcd and the supervisor" "$etcd $pid" "$(pgrep -P "$pid" -x etcd) $(property MainPID "$service")"
wait_until "the mount" has_role /mnt/kv leader
equal "the value" value "$(limit cat /mnt/kv/key)"
wait_until "the status line after it" status_is "$service" '^leader, term '
cp /bin/false /usr/bin/false.new
cp /usr/bin/etcdfs /run/etcdfs.kept
mv /usr/bin/false.new /usr/bin/etcdfs
old=$(fs_pid)
limit systemctl reload "$service" || true
refuses() { journalctl --no-pager -u "$service" | grep -q "cannot go on with the mount"; }
wait_until "the refusal" refuses
wait_until "it is active again" has_state active
equal "who serves after a refusal" "$old value" "$(fs_pid) $(limit cat /mnt/kv/key)"
cp /run/etcdfs.kept /usr/bin/etcdfs.new
mv /usr/bin/etcdfs.new /usr/bin/etcdfs
say "a reload goes on with the new program, or with the old one if that fails"

# All are killed at once: another start, after the dead mount is off.
systemctl kill --signal=KILL "$service"
another_runs() { has_state active && [ "$(property MainPID "$service")" != "$pid" ]; }
wait_until "systemd starts it again" another_runs
equal "the data after all were killed" value "$(limit cat /mnt/kv/key)"
say "all killed: started again, with the data"

# An umount is no failure.
limit umount /mnt/kv
wait_until "the end" has_state inactive
equal "its result" success "$(property Result "$service")"
equal "the run directory" "" "$(ls /run/etcdfs 2>/dev/null || true)"

# A supervisor that stands still is noticed.
mkdir -p "/run/systemd/system/$service.d"
printf '[Service]\nWatchdogSec=2\nRestart=no\n' >"/run/systemd/system/$service.d/watchdog.conf"
systemctl daemon-reload
limit systemctl start "$service"
sleep 5
equal "watched, and alive" active "$(property ActiveState "$service")"
freeze "$(property MainPID "$service")"
wait_until "the watchdog" has_state failed
equal "its result" watchdog "$(property Result "$service")"
wait_until "no mount is left" is_unmounted /mnt/kv
equal "no process is left" "" "$(pgrep -x 'etcd|etcdfs' || true)"
rm -r "/run/systemd/system/$service.d"
systemctl daemon-reload
systemctl reset-failed "$service"
say "the watchdog ends it, and no mount is left"

# A mistake in the configuration is not tried again.
echo 'nothing' >>/etc/etcdfs/kv.conf
limit systemctl start "$service" 2>/dev/null && die "a wrong configuration is started"
equal "its state" "failed 2" "$(property ActiveState "$service") $(property ExecMainStatus "$service")"
systemctl reset-failed "$service"

# --- Three nodes ---
cluster=a=https://127.0.0.1:2480,b=https://127.0.0.1:2482,c=https://127.0.0.1:2484
port=2480
for name in a b c; do
	write_conf "$name" "/mnt/$name" "listen-peer-urls = https://127.0.0.1:$port" "initial-cluster = $cluster"
	port=$((port + 2))
done
# The first one waits three seconds for the others, longer than systemd would by itself.
mkdir -p /run/systemd/system/etcdfs@a.service.d
printf '[Service]\nTimeoutStartSec=1\n' >/run/systemd/system/etcdfs@a.service.d/time.conf
systemctl daemon-reload
for name in a b c; do
	limit systemctl enable --now "etcdfs@$name" 2>/dev/null
done
leaders() { cat /mnt/[abc]/.role | grep -c leader; }
wait_until "one leads" eval '[ "$(leaders)" = 1 ]'
echo three >/mnt/a/key
equal "one keyspace" three "$(limit cat /mnt/c/key)"
for name in a b c; do
	wait_until "its status" status_is "etcdfs@$name" '^(leader|follower), term [0-9]+, revision [0-9]+$'
	echo "    $name: $(property StatusText "etcdfs@$name")"
done
limit systemctl stop 'etcdfs@*'
equal "no mount is left" "" "$(grep fuse.etcdfs /proc/self/mountinfo || true)"
say "three nodes by systemctl enable --now"

# --- A user's service ---
home=/home/etcdfs-user
useradd --create-home --home-dir "$home" etcdfs-user
user=$(id -u etcdfs-user)
as_user() {
	limit setpriv --reuid="$user" --regid="$user" --init-groups \
		env "HOME=$home" XDG_RUNTIME_DIR=/run/user-test "$@"
}
systemd-run --quiet --unit=user-manager -p User=etcdfs-user -p RuntimeDirectory=user-test -p Delegate=yes \
	-p Type=notify -E HOME="$home" -E XDG_RUNTIME_DIR=/run/user-test /lib/systemd/systemd --user
as_user mkdir -p "$home/kv" "$home/.config/etcdfs"
as_user sh -c 'sed "s,^mountpoint = .*,mountpoint = $HOME/kv," /run/example >"$HOME/.config/etcdfs/kv.conf"'
as_user systemctl --user start etcdfs@kv
equal "a user's mount" leader "$(as_user cat "$home/kv/.role")"
is_mounted "$home/kv" || die "process 1 does not see a user's mount"
as_user test -d "$home/.local/state/etcdfs/kv/member"
as_user systemctl --user kill --signal=KILL etcdfs@kv
wait_until "it is back" as_user sh -c "[ \"\$(timeout 5 cat $home/kv/.role)\" = leader ]"
as_user systemctl --user stop etcdfs@kv
is_unmounted "$home/kv" || die "a user's mount is left"
say "a user's service, by fusermount3"

# --- A line of fstab with x-systemd.automount ---
write_conf auto /mnt/auto
echo 'auto /mnt/auto etcdfs _netdev,nofail,x-systemd.automount,allow_other 0 0' >/etc/fstab
systemctl daemon-reload
limit systemctl start mnt-auto.automount
is_unmounted /mnt/auto || die "mounted before anybody has entered it"
echo fstab >/run/value
limit cp /run/value /mnt/auto/key
is_mounted /mnt/auto || die "written into the directory below"
equal "its state" active "$(property ActiveState mnt-auto.mount)"
limit umount /mnt/auto
wait_until "the end of the mount" eval '[ "$(property ActiveState mnt-auto.mount)" = inactive ]'
equal "a value, when it is entered once more" fstab "$(limit cat /mnt/auto/key)"
limit systemctl stop mnt-auto.automount mnt-auto.mount
is_unmounted /mnt/auto || die "a mount is left"
wait_until "no process is left" eval '! pgrep -x "etcd|etcdfs"'
say "an automount of fstab: mounted for who enters it, twice"
