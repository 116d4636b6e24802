#!/bin/bash
# prefix shows a part of the keyspace and no more; ro, uid, gid and umask do what they say; names may be odd.
# Statements: 81.
. "$(dirname "$0")/../lib/case.sh"

start_mount -o prefix=/services/,umask=027,uid=12,gid=34

in_mount 'mkdir web; echo 80 >web/port'
equal "keys" "/services/web/port" "$(keys | grep -v '/$')"
ctl put /services/db 5432 >/dev/null
ctl put /servicesX no >/dev/null
ctl put other no >/dev/null
equal "listing" "db web" "$(in_mount ls | paste -sd ' ')"
equal "a file" "640 12 34" "$(in_mount 'stat -c "%a %u %g" db')"
ctl put /services/app/x y >/dev/null # made by nobody of here
equal "a directory" "750 12 34" "$(in_mount 'stat -c "%a %u %g" app')"
in_mount 'rm -r web db app'
equal "others are untouched" "/servicesX other" "$(keys | paste -sd ' ')"
stop_mount

start_mount -o ro,noexec
[ "$(id -u)" != 0 ] ||
	check "the flags of the mount" grep -q " $MNT ro,nosuid,nodev,noexec,noatime " /proc/self/mountinfo
equal "the whole keyspace" "%empty other" "$(in_mount ls | paste -sd ' ')"
equal "reading" no "$(in_mount 'cat other')"
fails "writing" "read-only" in_mount 'echo x >other'
fails "creating" "read-only" in_mount 'echo x >new'
fails "mkdir" "read-only" in_mount 'mkdir d'
fails "rm" "read-only" in_mount 'rm -f other'
ctl put other changed >/dev/null
equal "and it follows" changed "$(in_mount 'cat other')"

# What the name has in it is no option, and no part of the next one (it is the source of the mount).
stop_mount
NAME=$NAME\\ RUN=$RUN\\
start_mount
check "the type, and the source" grep -qF " - fuse.etcdfs ${NAME}134 " /proc/self/mountinfo
equal "it works" changed "$(in_mount 'cat other')"
stop_mount
