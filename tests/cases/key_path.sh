#!/bin/bash
# etcdfs --key shows the key of a path and --path the path of a key, for what exists and for what does not.
# Statements: 26, 185, 186.
. "$(dirname "$0")/../lib/case.sh"

start_mount -o prefix=p/,allow_other
for_other_users
ln -s "$MNT/d" "$DIR/link"
ln -s mnt "$DIR/linked"
in_mount 'mkdir -p d/e; echo x >both; echo x >file'
ctl put p/both/in x >/dev/null

# key PATH: in the mount. shows KEY PATH...: they are shown exactly, with a newline.
key() { in_mount '"$1" --key "$2"; echo .' "$ETCDFS" "$1"; }
path() { in_mount '"$1" --path "$2"; echo .' "$ETCDFS" "$1"; }
both() {
	equal "the key of '$2'" "$1"$'\n.' "$(key "$2")"
	equal "the key of '$MNT/$2'" "$1"$'\n.' "$(key "$MNT/$2")"
	equal "the path of '$1'" "$MNT/$2"$'\n.' "$(path "$1")"
}

both p/file file
both p/none none
both p/d/none/none d/none/none
both p/both/in both/in
both p/100% 100%
both p/.role %2Erole
both p/a/.. a/%2E.
both p//x %empty/x
both p/a/ a/%empty
both p/%value %25value
both p/ %empty
both $'p/new\nline\xff' $'new\nline\xff'
both p/both both/%value
both p/d d/%value
equal "of a directory" $'p/d\n.' "$(key d)"
equal "of what is in it" $'p/d/\n.' "$(key d/)"
equal "of the mountpoint" $'p/\n.' "$(key .)"
equal "through dots" $'p/d/x\n.' "$(key "./d/../d//e/../x")"
equal "out and in again" $'p/x\n.' "$(key "../mnt/x")"
equal "through a link" $'p/x\n.' "$(key ../linked/x)"
equal "through a link into the mount" $'p/d/x\n.' "$(key ../link/x)"
equal "where it is given" "$MNT/d/x" "$(cd / && limit "$ETCDFS" --path p/d/x "$MNT")"
equal "given by a directory of it" "$MNT/d/x" "$(cd / && limit "$ETCDFS" --path p/d/x "$DIR/link")"

# A NUL comes and goes by the standard streams.
equal "with a NUL" 'p/a\0b\n' "$(in_mount '"$1" --key a%00b | od -An -c | tr -d " \n"' "$ETCDFS")"
equal "from stdin" "$MNT/a%00b" "$(in_mount '"$1" --key a%00b | "$1" --path -' "$ETCDFS")"
equal "one newline goes" "$MNT/x"$'\n\n.' "$(in_mount 'printf "p/x\n\n" | "$1" --path -; echo .' "$ETCDFS")"
long=p/$(printf 'y%.0s' {1..600})
equal "long" "$long" \
	"$(in_mount '"$1" --path "$2" | while read -r path; do "$1" --key "$path"; done' "$ETCDFS" "$long")"

refused() { fails "$1" "^etcdfs: .*$2" in_mount '"$@"' "$ETCDFS" "${@:3}"; }
refused "not on a mount" "on no mount" --key /tmp
refused "not on a mount" "on no mount" --key ../x
refused "not on a mount" "on no mount" --path p/x /tmp
refused "a special file" "no key" --key .role
refused "a special file" "no key" --key d/.etcd/watch
refused "no key" "no key" --key %value
refused "no key" "no key" --key x%+
refused "no name" "255 bytes" --key "$(printf 'y%.0s' {1..256})"
refused "outside of the prefix" "does not begin with 'p/'" --path q/x
refused "no key" "empty" --path ''
refused "two" "one path only" --key a b
refused "both" "exclude" --key a --path b
refused "a command" "exclude" --key a -- true

# Part of a mount, mounted elsewhere.
if mkdir "$DIR/part" && mount --bind "$MNT/d" "$DIR/part" 2>/dev/null; then
	equal "in a part" p/d/x "$(limit "$ETCDFS" --key "$DIR/part/x")"
	equal "a path in a part" "$DIR/part/x" "$(limit "$ETCDFS" --path p/d/x "$DIR/part")"
	fails "not in that part" "not in the part" limit "$ETCDFS" --path p/x "$DIR/part"
	take_off umount "$DIR/part"
	: >"$DIR/value"
	mount --bind "$MNT/both/%value" "$DIR/value"
	fails "of a file as a part" "^etcdfs: mountpoint $DIR/value: no key" \
		limit "$ETCDFS" --key "$DIR/value"
	take_off umount "$DIR/value"
	in_mount 'mkdir gone'
	mount --bind "$MNT/gone" "$DIR/part"
	in_mount 'rmdir gone'
	fails "of a part that is gone" "^etcdfs: mountpoint $DIR/part: .*was removed" \
		limit "$ETCDFS" --key "$DIR/part/x"
	take_off umount "$DIR/part"
fi

# Another user, who may enter.
if [ "$(id -u)" = 0 ]; then
	equal "another user" p/d/x "$(cd / && limit setpriv --reuid 65534 --clear-groups "$ETCDFS" --key "$MNT/d/x")"
	equal "another user" "$MNT/d/x" \
		"$(cd / && limit setpriv --reuid 65534 --clear-groups "$ETCDFS" --path p/d/x "$MNT")"
fi
stop_mount
start_mount
equal "without a prefix" $'x\n.' "$(key x)"
equal "without a prefix, the mountpoint" $'\n.' "$(key .)"
# Nothing is asked of etcd for a key, so one that stands still is not waited for.
etcd=$(etcd_pid)
freeze "$etcd"
equal "without etcd" d/none "$(limit "$ETCDFS" --key "$MNT/d/none")"
fails "a path without etcd" "timed out" limit "$ETCDFS" --path d/none "$MNT"
kill -CONT "$etcd"
if [ "$(id -u)" = 0 ]; then
	fails "who may not enter" "permission denied" \
		limit setpriv --reuid 65534 --clear-groups "$ETCDFS" --key "$MNT/x"
fi
