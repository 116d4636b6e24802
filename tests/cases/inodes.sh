#!/bin/bash
# An inode number belongs to one life of a key: it stays as long as the key does, and is never used again.
# Statements: 232.
. "$(dirname "$0")/../lib/case.sh"

inode() { in_mount 'stat -c %i "$1"' "$1"; }
stays() { equal "$1: the inode of ${3:-key}" "$2" "$(inode "${3:-key}")"; }
# changes WHAT INODE PATH: it is none that was there before.
changes() {
	local now
	now=$(inode "$3")
	[ "$now" != "$2" ] || die "$1: $3 is inode $now still"
	! grep -qx "$now" "$DIR/inodes" || die "$1: $3 is inode $now, which was another's"
	echo "$now" >>"$DIR/inodes"
}

expect_log "etcd killed by signal 9 .* started again"
start_mount
in_mount 'mkdir d; echo one >key; echo two >other; echo x >d/key'
in_mount 'stat -c %i key other d d/key . .role .etcd' >"$DIR/inodes"
equal "no number twice" "" "$(sort "$DIR/inodes" | uniq -d)"
key=$(inode key) dir=$(inode d)

in_mount 'echo more >key'
stays "a write" "$key"
in_mount 'echo more >>key'
stays "an append" "$key"
in_mount 'truncate -s 1 key; sync key; chmod 644 key; touch key'
stays "truncate, chmod, touch" "$key"
ctl put key elsewhere >/dev/null
stays "a put" "$key"
equal "readdir" "$key" "$(in_mount 'ls -i' | awk '$2 == "key" { print $1 }')"
in_mount 'mv key d/moved'
stays "a rename" "$key" d/moved
in_mount 'mv d/moved other'
stays "a rename onto a file" "$key" other
in_mount 'mv other key; rm d/key'
stays "a directory that loses its last" "$dir" d
ctl put d/other x >/dev/null
stays "a directory that wins one" "$dir" d

kill -KILL "$(etcd_pid)"
wait_until "etcd again" in_mount 'echo again >d/again'
stays "another etcd" "$key"
stays "another etcd" "$dir" d

in_mount 'rm key; echo new >key'
changes "removed and made again" "$key" key
key=$(inode key)
ctl del key >/dev/null
ctl put key new >/dev/null
changes "the same elsewhere" "$key" key
key=$(inode key)
ctl put key/below x >/dev/null
changes "a directory now" "$key" key
changes "its value" "$key" key/%value
ctl del key/below >/dev/null
changes "a file again" "$key" key
before=$(inode key)
ctl txn >/dev/null <<<$'\nput renamed new\ndel key\n\n'
changes "a rename elsewhere" "$before" renamed
in_mount 'rmdir d/none 2>/dev/null || rm -r d && mkdir d'
changes "a directory made again" "$dir" d
