#!/bin/bash
# --check names all that is wrong with a configuration, with file and line, and starts and makes nothing.
# Statements: 334-336.
. "$(dirname "$0")/../lib/case.sh"

config=$DIR/etcdfs.conf
mkdir "$DIR/full" "$DIR/pki"
touch "$DIR/full/file" "$DIR/pki/cert" "$DIR/pki/key"
(umask 077 && echo hunter2 >"$DIR/password")
# etcd, and a note of what it is run for.
cat >"$DIR/etcd" <<ETCD
#!/bin/bash
echo "\${@: -1}" >>"$DIR/runs"
exec etcd "\$@"
ETCD
printf '#!/bin/sh\necho no\n' >"$DIR/other"
chmod +x "$DIR/etcd" "$DIR/other"
touch "$DIR/said" "$DIR/runs" "$config"
listing() { (find "$DIR" "$RUN_BASE/$NAME"* 2>/dev/null || true) | sort; }
BEFORE=$(listing)
ARGS=()

# says WHAT [REGEX...]: the configuration on stdin has these problems, in this order, and no others.
# A REGEX begins with the line number, if there is one.
says() {
	local what=$1 status=0 at=0 regex lines
	shift
	cat >"$config"
	limit "$ETCDFS" --check "$config" "${ARGS[@]}" >"$DIR/said" 2>&1 </dev/null || status=$?
	equal "$what: the status" "$(($# > 0))" "$status"
	mapfile -t lines <"$DIR/said"
	equal "$what: how many problems ($(cat "$DIR/said"))" $# "${#lines[@]}"
	for regex; do
		[[ ${lines[at]} =~ ^"$config":$regex ]] || die "$what: expected /$regex/, got '${lines[at]}'"
		at=$((at + 1))
	done
	equal "$what: what is there afterwards" "$BEFORE" "$(listing)"
	! grep -q hunter2 "$DIR/said" || die "$what: a password is shown"
}
own="[etcd]
name = $NAME
data-dir = $DATA
binary = $DIR/etcd"

# What is right.
says "a name alone" <<<"[etcd]
name = $NAME"
says "all kinds" <<<"$own
heartbeat-interval = 50
listen-peer-urls = https://127.0.0.1:1
cert-file = $DIR/pki/cert
key-file = $DIR/pki/key
[mount]
log-level = warning
[hooks]
on-leader = true"
ARGS=("$MNT")
says "a mountpoint" <<<"$own"
ARGS=()
says "a cluster" <<<"[mount]
endpoints = 127.0.0.1:1,https://b.example:2
user = app
password-file = $DIR/password
cert = $DIR/pki/cert
key = $DIR/pki/key"

# All that is wrong in the file, whatever bytes it has.
says "the file" "2: .*there is no such section" "5: .*timeout: 'a\\\\x1b\[2J\\\\xff'" \
	"6: neither a \[section\] nor KEY" "7: .*log-level: 'loud'" <<<$'\n[wrong]\na = 1
[mount]\ntimeout = a\e[2J\xff\nnothing at all\nlog-level = loud\n[etcd]\nname = '"$NAME"

# What does not fit together, and what is not as it must be.
says "two clusters" "4: \[etcd\] name: endpoints names an existing cluster" <<<"[mount]
endpoints = a:1
[etcd]
name = x"
chmod 640 "$DIR/password"
says "a password that others read" "4: .*others can read $DIR/password" <<<"[mount]
endpoints = a:1
user = app
password-file = $DIR/password"
says "half a pair" "3: \[mount\] cert: needs key as well" "3: \[mount\] cert: $DIR/nothing: No such file" <<<"[mount]
endpoints = a:1
cert = $DIR/nothing"
says "a password in an address" "2: \[mount\] endpoints: an address with an @ in it" <<<"[mount]
endpoints = http://app:hunter2@a:1"
says "a user without a cluster" "2: \[mount\] user: is for an existing cluster" <<<"[mount]
user = app
[etcd]
name = $NAME"
says "join" "5: \[etcd\] join: the other members need an address" <<<"$own
join = http://127.0.0.1:1"

# What etcd would refuse.
says "a flag that is none" "5: \[etcd\] frobnicate: .*not defined: -frobnicate" <<<"$own
frobnicate = 1"
says "a flag's value" "6: \[etcd\] listen-client-urls: .*nonsense" <<<"$own
heartbeat-interval = 50
listen-client-urls = nonsense"
says "times" "5: .*five heartbeat-intervals" <<<"$own
heartbeat-interval = 500"
says "files" "5: \[etcd\] cert-file: $DIR/nothing: No such file" "6: .*$DIR/full is no regular file" \
	"5: \[etcd\] cert-file: needs key-file as well" <<<"$own
cert-file = $DIR/nothing
peer-trusted-ca-file = $DIR/full"

# Programs and directories.
says "no etcd" "3: cannot run $DIR/nothing: No such file" <<<"[etcd]
name = $NAME
binary = $DIR/nothing"
says "another program" "3: $DIR/other is no etcd: '--version' says 'no'" <<<"[etcd]
name = $NAME
binary = $DIR/other"
says "a data directory that cannot be" "3: .*$DIR/full/file/x: Not a directory" <<<"[etcd]
name = $NAME
data-dir = $DIR/full/file/x"
says "a run directory that cannot be" "3: $DIR/full/file is no directory" <<<"[etcd]
name = $NAME
run-dir = $DIR/full/file"
ARGS=("$DIR/full/file")
says "a file as the mountpoint" " mountpoint $DIR/full/file is no directory" <<<"$own"
ARGS=()
says "a mountpoint of the file" "6: mountpoint $DIR/none does not exist" <<<"$own
[mount]
mountpoint = $DIR/none"
ARGS=("$DIR/full")
says "a full mountpoint" " mountpoint $DIR/full is not empty" <<<"$own"
ARGS=("$MNT")
says "the data in the mount" "3: .*the data directory $MNT/data is inside of it" <<<"[etcd]
name = $NAME
data-dir = $MNT/data"
equal "what etcd was run for" "--version" "$(sort -u "$DIR/runs")"

# The command line.
for words in "--check" "--check $DIR/nothing" "--check $config a b" "--check $config -o wrong=1"; do
	status=0
	# shellcheck disable=SC2086
	limit "$ETCDFS" $words >"$DIR/said" 2>&1 || status=$?
	equal "the status of $words ($(cat "$DIR/said"))" 2 "$status"
done

# While it is in use it is right; without its data it is not.
printf '%s\n' "$own" >"$config"
own_options() { printf "%s\n" -c "$config"; }
start_mount
in_mount 'echo 1 >key'
limit "$ETCDFS" --check "$config" "$MNT" || die "the configuration of a running etcdfs is wrong"
equal "it runs on" 1 "$(in_mount 'cat key')"
stop_mount
rm -r "$DATA"
BEFORE=$(listing)
says "lost data" "3: the data directory $DATA is empty, but etcd has run there" <<<"$own"
