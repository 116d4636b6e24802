#!/bin/bash
# mount(8), fstab and mount.fuse3 mount an etcdfs by each kind of SPEC, as its words say, and end as mount(8) expects.
# Statements: 300, 301, 302, 305.
[ -n "${IN_NAMESPACE:-}" ] || ! unshare -m true 2>/dev/null ||
	exec env IN_NAMESPACE=yes unshare -m bash "$0" "$@"
. "$(dirname "$0")/../lib/case.sh"

requires "needs a mount namespace, and so root" test -n "${IN_NAMESPACE:-}"
requires "needs mount.fuse3" command -v mount.fuse3
. "$TOP/tests/lib/fstab.sh"

! command -v systemd-analyze >/dev/null ||
	check "the examples of units" systemd-analyze verify --man=no "$TOP"/docs/examples/mnt-kv.*

port=$(free_ports 1)
configure kv <<CONF
[etcd]
name = $NAME
data-dir = $DATA
listen-client-urls = http://127.0.0.1:$port
[mount]
fmask = 022
timeout = 30
CONF
second=$DIR/second
mkdir "$second"

take_down() {
	take_off umount "${1:-$MNT}"
	(wait_until "the end of etcdfs" none_marked) || die "left: $(describe $(marked_processes))"
}

# One line of fstab, twice.
fstab "kv $MNT etcdfs _netdev,nofail,x-systemd.automount,comment=x,noexec,sync,timeout=4,timeout=5 0 0"
status_is 0 mount -a
wait_until "a leader" has_role "$MNT" leader
equal "the source" kv "$(source_of "$MNT")"
equal "the type" fuse.etcdfs "$(findmnt -nro FSTYPE --mountpoint "$MNT")"
for word in rw noexec sync nosuid nodev noatime; do
	check "the option $word" option "$MNT" "$word"
done
status_is 0 mount -a
equal "the words of a second mount -a" "" "$(grep -v 'already mounted' <<<"$WORDS" || true)"
equal "mounts" 1 "$(grep -cF " $MNT " /proc/self/mountinfo)"

# What the kernel makes of noexec and sync; a file is executable by fmask.
in_mount 'printf "#!/bin/sh\necho ran\n" >run'
fails "noexec" "permission denied" in_mount './run || exit 1'
mkfifo "$DIR/go"
in_mount 'exec python3 -c "import os, sys
file = os.open(\"open\", os.O_WRONLY | os.O_CREAT)
os.write(file, b\"written\")
open(sys.argv[1]).read()" "$1"' "$DIR/go" &
writer=$!
is_written() { [ "$(value_of open)" = written ]; }
wait_until "sync: what is written is published while the file is open" is_written
echo >"$DIR/go"
wait "$writer"

# Another one on the same directory: one line of ours, and nothing changes.
status_is 32 mount.etcdfs kv "$MNT" -o rw
check "it says why" grep -q "^etcdfs: mountpoint $MNT: an etcdfs is mounted there already$" <<<"$WORDS"
one_line "mounted already"
equal "mounts" 1 "$(grep -cF " $MNT " /proc/self/mountinfo)"

# A cluster that is there, with a prefix and without.
ctl put app/a 1 >/dev/null
status_is 0 mount -v -t etcdfs "etcd://127.0.0.1:$port,127.0.0.1:$port/app/" "$second" -o ro
check "mount -v says it" grep -q "^etcdfs: etcd://127.0.0.1:$port,.* on $second$" <<<"$WORDS"
equal "what is in it" "a 1" "$(cd / && limit bash -c 'cd "$1" && echo * && cat a' - "$second" | paste -sd ' ')"
equal "its source" "etcd://127.0.0.1:$port,127.0.0.1:$port/app/" "$(source_of "$second")"
check "it is read-only" option "$second" ro
fails "and refuses changes" "read-only" limit touch "$second/new"
take_off umount "$second"

# mount.fuse3 runs "etcdfs SPEC DIR -o OPTIONS".
ln -s "$ETCDFS" "$DIR/sbin/etcdfs"
rm "$DIR/sbin/mount.fuse.etcdfs"
status_is 0 mount -t fuse.etcdfs "etcd://127.0.0.1:$port" "$second" -o noexec
check "the root is there" limit test -e "$second/app"
check "noexec" option "$second" noexec
take_off umount -l "$second"
status_is 32 mount -t fuse.etcdfs kv "$MNT"
ln -s "$ETCDFS" "$DIR/sbin/mount.fuse.etcdfs"

# In the mount namespace of another process.
unshare -m sleep 1000 &
other=$!
wait_until "its namespace" eval '[ "$(readlink /proc/$other/ns/mnt)" != "$(readlink /proc/self/ns/mnt)" ]'
status_is 0 mount.etcdfs "etcd://127.0.0.1:$port" "$second" -N "$other" -o rw
is_unmounted "$second" || die "mounted here"
check "mounted there" grep -q " $second .* fuse.etcdfs etcd://127.0.0.1:$port " "/proc/$other/mountinfo"
take_off nsenter -t "$other" -m umount "$second"
kill "$other"
wait "$other" 2>/dev/null || true

# umount ends it; a file is a SPEC as well, and "none" is no file.
take_down
cp "$DIR/etc/etcdfs/kv.conf" "$DIR/own.conf"
status_is 0 mount -t fuse.etcdfs "$DIR/own.conf" "$MNT"
equal "the source is the file" "$DIR/own.conf" "$(source_of "$MNT")"
equal "the data are the same" written "$(in_mount 'cat open')"
equal "executed without noexec" ran "$(in_mount './run')"
take_down
status_is 0 mount.etcdfs -f none "$MNT" -o rw,timeout=3
status_is 1 mount.etcdfs -f none "$MNT" -o rw,timeout=0
one_line "a wrong value"
is_unmounted || die "mount -f has mounted"

# The status says what went wrong; each says it in one line.
for call in "" "kv" "kv $MNT more" "kv $MNT -x" "kv $MNT -o" "missing $MNT" "kv $MNT -o colour=red" \
	"$DIR/etc $MNT" "etcd:// $MNT"; do
	# shellcheck disable=SC2086
	status_is 1 mount.etcdfs $call
	one_line "mount.etcdfs $call"
done
# mount(8) makes a path of the NAME where there is a directory of that name.
mkdir "$DIR/kv"
cd "$DIR"
status_is 0 mount -f -v -t etcdfs kv "$MNT"
check "it is the name all the same" grep -q "^etcdfs: kv on $MNT$" <<<"$WORDS"
# Of a file as well; but anybody may have put it there.
mkdir "$DIR/open"
cd "$DIR/open"
echo "[mount]" >kv
chown 65534 kv
status_is 1 mount -f -t etcdfs kv "$MNT"
check "it says whose it is" grep -q "^etcdfs: $PWD/kv: belongs to another user (uid 65534)" <<<"$WORDS"
cd /
status_is 0 mount.etcdfs -s -f kv "$MNT" -o colour=red
status_is 32 mount.etcdfs kv "$DIR/nowhere" -n -o rw
one_line "no directory"
status_is 32 mount.etcdfs none "$MNT" -N /dev/null
one_line "no namespace"
nothing_left

# A start that is interrupted while the cluster does not answer.
python3 -c '
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
kept = []
while True:
    kept.append(server.accept())
    open(sys.argv[2], "w").close()' "$port" "$DIR/asked" &
server=$!
mount.etcdfs "etcd://127.0.0.1:$port" "$MNT" -o rw 2>"$DIR/words" &
helper=$!
wait_until "it asks" test -e "$DIR/asked"
kill -TERM "$helper"
status=0
wait "$helper" || status=$?
kill "$server"
wait "$server" 2>/dev/null || true
equal "the status of an interrupted start ($(cat "$DIR/words"))" 8 "$status"
nothing_left
