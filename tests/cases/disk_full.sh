#!/bin/bash
# A full disk below etcd: calls are ETIMEDOUT, nothing done is lost, and it heals by itself when there is room again.
# Statements: 24, 33, 157.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/writers.sh"

requires "only root can mount a small filesystem" eval '[ "$(id -u)" = 0 ]'
mkdir "$DIR/disk"
requires "no tmpfs here" mount -t tmpfs -o size=220m,mode=0700 tmpfs "$DIR/disk"
DATA=$DIR/disk/data
allow_log 'etcd|key .*: truncation'
expect_log 'etcd .*no space left on device'
start_mount -o timeout=2
in_mount 'mkdir big; head -c 300000 /dev/urandom >big/before'
sum=$(in_mount 'sha256sum <big/before')
start_writers 2 "$MNT"

# All that is left is taken, and etcd asked for more than its files have in reserve.
dd if=/dev/zero of="$DIR/disk/filler" bs=1M 2>/dev/null || true
fails "writing on" "timed out|no space" in_mount \
	'for i in {1..400}; do head -c 1000000 /dev/urandom >big/$i || exit; done'
# Started again it takes what its log has room for, until it commits.
fails "a write" "timed out|no space" in_mount 'while echo x >big/small; do :; done; exit 1'
wait_until "etcd says why" grep -q "no space left on device" "$LOG"
heals "room again" rm "$DIR/disk/filler"
equal "what was there" "$sum" "$(in_mount 'sha256sum <big/before')"
judge_writers "$RUN" "$MNT"
stop_mount
umount "$DIR/disk"
