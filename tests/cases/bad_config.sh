#!/bin/bash
# A wrong option or configuration file is refused with file, line and key, and nothing is started.
# Statements: 38.
. "$(dirname "$0")/../lib/case.sh"

own=(-e "name=$NAME" -e "data-dir=$DATA")
config=$DIR/etcdfs.conf

# bad WHAT REGEX: the configuration on stdin is refused.
bad() {
	cat >"$config"
	refuses "$1" "$2" -c "$config" "${own[@]}" "$MNT"
	[ ! -e "$DATA" ] || die "$1: a data directory was made"
}

refuses "missing" "$DIR/nothing.*no such" -c "$DIR/nothing" "${own[@]}" "$MNT"
refuses "a directory" "$DIR" -c "$DIR" "${own[@]}" "$MNT"
bad "unknown section" "etcdfs.conf[:,] ?(line )?2.*wrong" <<<$'\n[wrong]\nkey = 1'
bad "unknown key in [mount]" "etcdfs.conf[:,] ?(line )?3.*wrong" <<<$'[mount]\nprefix = /x\nwrong = 1'
bad "unknown key in [hooks]" "etcdfs.conf[:,] ?(line )?2.*on-monday" <<<$'[hooks]\non-monday = true'
bad "a key twice" "etcdfs.conf[:,] ?(line )?3.*timeout" <<<$'[mount]\ntimeout = 5\ntimeout = 6'
bad "no number" "etcdfs.conf[:,] ?(line )?2.*timeout" <<<$'[mount]\ntimeout = soon'
bad "a timeout of nothing" "etcdfs.conf[:,] ?(line )?2.*timeout" <<<$'[mount]\ntimeout = 0'
bad "a consistency that is none" "etcdfs.conf[:,] ?(line )?2.*consistency" <<<$'[mount]\nconsistency = maybe'
bad "a umask that is none" "etcdfs.conf[:,] ?(line )?2.*umask" <<<$'[mount]\numask = 999'
bad "a line that is none" "etcdfs.conf[:,] ?(line )?2\b" <<<$'[mount]\nnothing at all'
bad "a key in no section" "etcdfs.conf[:,] ?(line )?1\b" <<<$'timeout = 5'

refuses "unknown option" "frobnicate|unknown|unrecognized" --frobnicate "$MNT"
refuses "unknown letter" "Z" -Z "$MNT"
refuses "unknown -o" "wrong" "${own[@]}" -o wrong=1 "$MNT"
refuses "bad -o" "timeout" "${own[@]}" -o timeout=soon "$MNT"
refuses "-e without a value" "heartbeat" "${own[@]}" -e heartbeat-interval "$MNT"
refuses "-o without its argument" "argument|-o" "${own[@]}" "$MNT" -o
[ ! -e "$DATA" ] || die "a data directory was made"

# And what is right: bare, quoted, with comments.
cat >"$config" <<-EOF
	# a comment
	[etcd]
	name = "$NAME"
	data-dir = $DATA
	heartbeat-interval = 50

	[mount]
	prefix = "/app/"   ; a prefix
	timeout = 4
EOF
own_options() { printf "%s\n" -c "$config"; }
start_mount
in_mount 'echo x >key'
equal "the prefix" /app/key "$(keys)"
tr '\0' ' ' <"/proc/$(etcd_pid)/cmdline" | grep -qE -- '--heartbeat-interval[= ]50' ||
	die "etcd was not given its flag"
