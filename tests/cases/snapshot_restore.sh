#!/bin/bash
# .etcd/snapshot is etcd's own snapshot: copied while the mount is in use, checked, restored.
# Statements: 393, 394.
. "$(dirname "$0")/../lib/case.sh"

start_mount
in_mount 'mkdir -p d/empty; echo old >d/k; head -c 1000000 /dev/urandom >big
	for i in {1..8}; do cat big big >d/$i 2>/dev/null || cat big >d/$i; done'
kept=$(in_mount 'find . -type f ! -name .role -exec sha1sum {} + | sort')
r=$(revision)
in_mount 'cp .etcd/snapshot "$DIR/backup.db"'
in_mount 'rm -r d; echo new >k'
ctl snapshot status "$DIR/backup.db" -w json >"$DIR/status" || die "etcdctl does not take it"
equal "its revision" "$r" "$(jq .revision "$DIR/status")"

# Its size is known at the open; it is read in order, by each reader for itself.
equal "its size" same "$(in_mount 'exec 3<.etcd/snapshot; size=$(stat -L -c %s /dev/fd/3); read=$(cat <&3 | wc -c)
	[ "$read" = "$size" ] && echo same || echo "$read of $size"')"
equal "of none" 0 "$(in_mount 'stat -c %s .etcd/snapshot')"
fails "elsewhere" "Illegal seek" in_mount 'python3 -c "import os
file = os.open(\".etcd/snapshot\", os.O_RDONLY)
os.pread(file, 100, 100)"'
# Each is of its own moment: etcd writes to its database between them. Its last 32 bytes are the checksum of the rest.
check "two" in_mount 'python3 -c "import hashlib
a, b = (open(\".etcd/snapshot\", \"rb\", buffering=0) for _ in range(2))
read = {a: b\"\", b: b\"\"}
going = [a, b]
while going:
    for file in list(going):
        piece = file.read(65536)
        read[file] += piece
        if not piece:
            going.remove(file)
for whole in read.values():
    assert hashlib.sha256(whole[:-32]).digest() == whole[-32:], len(whole)"'
fails "writing" "denied" in_mount 'echo x >.etcd/snapshot'
fails "below" "No such file" in_mount 'cat d2/.etcd/snapshot || mkdir d2 && cat d2/.etcd/snapshot'

# Who does not read holds up nobody, and takes no memory.
rss() { awk '/^VmRSS/ { print $2 }' "/proc/$(fs_pid)/status"; }
in_mount 'for i in {1..25}; do head -c 1400000 /dev/urandom >big$i; done'
before=$(rss)
check "while it is not read" in_mount 'for i in {3..9}; do eval "exec $i<.etcd/snapshot"; head -c 10 <&$i >/dev/null
	done; for i in {1..20}; do echo $i >x && [ "$(cat x)" = $i ] || exit 1; done
	awk "/^VmRSS/ { print \$2 }" /proc/$1/status >"$DIR/rss"' "$(fs_pid)"
more=$(($(cat "$DIR/rss") - before))
[ "$more" -lt $((7 * 32 * 1024)) ] || die "$more KiB more for 7 readers"

# A stream that breaks is an error.
allow_log "etcd|no answer"
fails "etcd dies" "Input/output error" in_mount '
	exec 3<.etcd/snapshot; head -c 10 <&3 >/dev/null; kill -KILL "$1"; cat <&3' "$(etcd_pid)"
wait_until "etcd again" in_mount 'echo x >x'
stop_mount

# Restored, it is what was there.
rm -rf "$DATA"
etcdctl snapshot restore "$DIR/backup.db" --name "$NAME" --data-dir "$DATA" \
	--initial-cluster "$NAME=unix://peer:0" --initial-advertise-peer-urls unix://peer:0 >"$DIR/restore" 2>&1
start_mount
equal "what is restored" "$kept" "$(in_mount 'find . -type f ! -name .role -exec sha1sum {} + | sort')"
