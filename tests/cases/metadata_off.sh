#!/bin/bash
# metadata=off: modes and owners are the mount's, a loss that would pass unnoticed is refused or told, nothing is kept.
# Statements: 42, 43, 230, 231, 233, 245, 288, 460.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/second.sh"

requires "needs to become another user, and so root" test "$(id -u)" = 0
for_other_users

modes() { in_mount 'stat -c %a,%u,%g "$@" | paste -sd " "' "$@"; }
state() { echo "$(revision) $(modes key d .) $(value_of key)"; }
# accepts WHAT COMMAND...: all succeed, make no revision and change neither mode nor value.
accepts() {
	local what=$1 command before
	shift
	before=$(state)
	for command; do
		check "$what: $command" in_mount "$command"
	done
	equal "$what: what is there" "$before" "$(state)"
}
# refuses_all WHAT COMMAND...: none is permitted, and none changes anything.
refuses_all() {
	local what=$1 command before
	shift
	before=$(state)
	for command; do
		fails "$what: $command" "not permitted" in_mount "$command"
	done
	equal "$what: what is there" "$before" "$(state)"
}
same=('chmod --reference=key key' 'chown root:root key d' 'touch key d' 'touch -a key' 'touch -c key'
	'touch -d 2020-01-01 key' 'chmod a+r key' 'chmod u-w key' 'chmod +x key' 'chmod 4755 key'
	'chmod 2777 d')

start_mount -o metadata=off
in_mount 'mkdir d; printf "#!/bin/sh\necho run\n" >key'
equal "by default" "644,0,0 755,0,0 755,0,0 444,0,0 555,0,0" "$(modes key d . .role .etcd)"
in_mount '(umask 077; echo x >private; mkdir -m 700 own; install -m 600 key installed)'
equal "whatever is asked for" "644,0,0 755,0,0 644,0,0" "$(modes private own installed)"
accepts "alone" "${same[@]}" 'chmod 600 key' 'chmod 1777 d' 'chown nobody:nogroup key'
fails "not executable" "permission denied" in_mount './key || exit 1'
fails "an attribute of .role" "not permitted" in_mount 'chmod 600 .role'
equal "size, blocks" "19 1 4096 1" "$(in_mount 'stat -c "%s %b %o %h" key')"
equal "of more" "1000 2" "$(in_mount 'head -c 1000 /dev/zero >more; stat -c "%s %b" more')"
equal "unpublished" "3 3" "$(in_mount 'exec 3>open; printf abc >&3; stat -c %s open /dev/fd/3 -L | paste -sd " "')"
equal "what du says" 2 "$(in_mount 'head -c 2000 /dev/zero >du; du -k --apparent-size du | cut -f1')"
equal "no birth time" "-" "$(in_mount 'stat -c %w key')"
before=$(in_mount 'stat -c "%x %y %z" key')
equal "reading changes no time" "$before" "$(in_mount 'cat key >/dev/null; stat -c "%x %y %z" key')"
stop_mount

start_mount -o metadata=off,fmask=022,dmask=027
equal "fmask, dmask" "755,0,0 750,0,0 444,0,0 550,0,0" "$(modes key d .role .etcd)"
equal "executable" run "$(in_mount './key')"
check "test -x" in_mount '[ -x key ]'
stop_mount

start_mount -o metadata=off,umask=077,dmask=0,uid=12,gid=34
equal "umask, dmask" "600,12,34 777,12,34" "$(modes key d)"
stop_mount

start_mount -o metadata=off,allow_other,timeout=5
accepts "with others" "${same[@]}" 'chown nobody:nogroup key'
refuses_all "with others" 'chmod 600 key' 'chmod o-r key' 'chmod g-r key' 'chmod 700 d' 'chmod 700 .' \
	'python3 -c "import os; os.fchmod(os.open(\"key\", os.O_RDONLY), 0o600)"'
install -m 600 /dev/null "$DIR/secret"
fails "a private file" "not permitted" in_mount 'install -m 600 key copy'
check "a copy as all are" in_mount 'chmod 644 "$DIR/secret"; cp -p "$DIR/secret" copy'

# A file that is being made may be closed to others and opened again; what stays closed is told.
cat >"$DIR/make.py" <<'EOF'
import mmap, os, sys
def make(name):
    return os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
def refused(*args):
    try:
        os.chmod(*args)
    except PermissionError:
        return
    sys.exit(f"accepted: {args}")
for name, last in ("widened", 0o644), ("looked-at", None), ("removed", None), ("left", None):
    file = make(name)
    os.chmod(file, 0o600)
    os.write(file, b"x")
    os.chmod(name, 0o400)
    os.close(file)
    if last:
        os.chmod(name, last)
assert os.stat("looked-at").st_mode == 0o100644
os.unlink("removed")
other = os.open("widened", os.O_RDWR)
refused(other, 0o600)
refused("widened", 0o600)
file = make("told")
os.chmod(file, 0o600)
os.close(file)
refused("told", 0o600)
file = make("mapped") # the mapping keeps it open for the kernel, as a release that is late does
os.write(file, b"x")
os.fsync(file)
mapping = mmap.mmap(file, 1, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
os.close(file)
refused("mapped", 0o600)
EOF
in_mount 'python3 -B "$DIR/make.py"; chmod 600 "$DIR/secret"; cp -p "$DIR/secret" private-copy' ||
	die "a file that is being made"
expect_log "key 'left' \(of 1 such\): its mode was to keep others from reading"
expect_log "key 'private-copy' \(of 1 such\)"
wait_until "what is left is told" grep -q "'left'" "$LOG"
sleep 6 # so that the copy has been judged too, within a minute of that line
stop_mount

# Who may write and execute is the mount's to say.
start_mount -o metadata=off,allow_other,umask=0
accepts "with others who write" 'chmod 644 key' 'chmod 755 d' 'chmod 1777 d' 'chmod 444 key'
refuses_all "with others who write" 'chmod 600 key' 'chmod 660 key' 'chmod 771 d' 'chmod 774 d'
stop_mount

nobody=$(id -u nobody)
start_mount -o "metadata=off,allow_other,umask=027,uid=$nobody,gid=34"
refuses_all "an owner" 'chown root key' 'chgrp root key' 'chmod 600 key'
accepts "an owner" 'chown nobody key' 'chgrp 34 key' 'chmod 777 key'
fails "who does not own" "not permitted" setpriv --reuid=12 --regid=34 --clear-groups \
	timeout "$LIMIT" chmod 640 "$MNT/key"

# Nothing of all that is in etcd, and times end with the mount.
for command in 'ln -s key link' 'mkfifo fifo' \
	'python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\"s\")"'; do
	fails "$command" "not permitted" in_mount "$command"
done
in_mount 'touch -d "2001-02-03 UTC" key'
equal "a time that is set" 2001 "$(in_mount 'stat -c %y key' | cut -c 1-4)"
stop_mount
start_mount -o metadata=off
check "it ends with the mount" [ "$(in_mount 'stat -c %y key' | cut -c 1-4)" != 2001 ]
equal "what is kept" "" "$(ctl get --prefix --keys-only .etcd/)"

# What another mount keeps is not shown, and stays; to that mount this one is as any other client.
start_second
in_second 'chmod 600 key; touch -d "2001-02-03 UTC" key; mkdir -m 700 closed'
kept=$(ctl get --prefix .etcd/)
equal "what another mount keeps" "644 755" "$(in_mount 'stat -c %a key closed' | xargs)"
check "nor its times" [ "$(in_mount 'stat -c %y key' | cut -c 1-4)" != 2001 ]
in_mount 'chmod 640 key; touch -d "2002-03-04 UTC" key; chmod 711 closed'
equal "it stays" "600 2001 700" "$(in_second 'stat -c "%a %y" key; stat -c %a closed' | sed 's/-.*//' | xargs)"
in_mount 'echo new >key; mv closed moved; echo x >closed'
equal "and the key has it" "$kept" "$(ctl get --prefix .etcd/)"
equal "as with any client" "600 644 755" "$(in_second 'stat -c %a key closed moved' | xargs)"
end_second
