#!/bin/bash
# A user of etcd who may use the files and not etcdfs' own keys: no locks, all else; the snapshot is for root.
# Statements: 96, 393, 394, 405, 422.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/existing.sh"
. "$TOP/tests/lib/locks.sh"

start_cluster 1
enable_users
expect_log "the password goes over http://"
expect_log "etcd permits 'app/' only"
as() { printf "%s\n" -o "user=$1,password-file=$(password "$1"),prefix=app/,timeout=2"; }
# tells WHAT 'EXPECTED...' FILE STEP...
tells() { equal "$1" "$2" "$(lock_steps 0 "${@:3}" | tr '\n' ' ' | sed 's/ $//')"; }

# All that begins with app/, but for app/.etcd/.
add_user files >/dev/null
ctl role add files >/dev/null
ctl role grant-permission files --prefix=true read app/ >/dev/null
ctl role grant-permission files readwrite app/ app/.etcd/ >/dev/null
ctl role grant-permission files readwrite app/.etcd0 app0 >/dev/null
ctl user grant-role files files >/dev/null

expect_log "etcd permits no locks: they need the right to read and write the keys that begin with 'app/.etcd/'"
# shellcheck disable=SC2046
attach $(as files)
in_mount 'mkdir d; echo x >d/file'
tells "locks" "ok EACCES EACCES EACCES EACCES EACCES EACCES free ok ok ok" d/file open:r+ \
	ex ex-nb sh setlk:w:0:1 setlkw:r:0:0 ofd_setlk:w:0:0 getlk:w:0:0 un setlk:u:0:0 write:y
tells "a directory's" "ok EACCES ok" d/.etcd/lock open:r+ ex un
fails "flock" "permission denied" in_mount 'flock d/file true'
fails "etcdfs --lock" "permission denied" in_mount '"$ETCDFS" --lock d/file -- true'
equal "how often it is said" 1 "$(grep -c "permits no locks" "$LOG")"
equal "who has locks" "" "$(in_mount 'cat .etcd/locks')"
check "plain files go on" in_mount '[ "$(cat d/file)" = y ] && echo z >d/file && mv d/file d/moved &&
	[ "$(cat d/moved)" = z ]'

# These are files.
in_mount 'exec 9>d/.etcd/ephemeral/me; echo here >&9; [ "$(cat d/me)" = here ]; exec 9>&-
	for i in {1..500}; do [ -e d/me ] || exit 0; sleep 0.02; done; exit 1'
check "a time" in_mount 'echo v >d/.etcd/ttl/600/notice &&
	[ "$(getfattr --only-values -n user.etcd.ttl d/notice)" -gt 500 ] &&
	setfattr -n user.etcd.ttl -v 700 d/notice && setfattr -x user.etcd.ttl d/notice'
fails "the snapshot" "permission denied" in_mount 'cp .etcd/snapshot "$DIR/backup.db"'

# With the right, from now on.
ctl role grant-permission files --prefix=true readwrite app/.etcd/ >/dev/null
tells "permitted now" "ok ok ok" d/moved open:r+ ex un
equal "nothing is left" "" "$(keys app/.etcd/)"
stop_mount

# Who may only read.
expect_log "etcd permits no locks"
# shellcheck disable=SC2046
attach $(as reader)
tells "a reader's lock" "ok EACCES ok" d/moved open:r sh un
fails "an ephemeral file" "permission denied" in_mount 'exec 9>d/.etcd/ephemeral/me'
fails "a time" "permission denied" in_mount 'echo v >d/.etcd/ttl/600/notice'
fails "the attribute" "permission denied" in_mount 'setfattr -n user.etcd.ttl -v 600 d/moved'
equal "a file" z "$(in_mount 'cat d/moved')"
stop_mount

# Root may; an etcd that does not answer is told of in time.
expect_log "the password goes over http://"
# shellcheck disable=SC2046
attach $(as root)
check "root's snapshot" in_mount 'cp .etcd/snapshot "$DIR/backup.db"'
allow_log etcd
freeze "${MEMBER_PID[1]}"
fails "etcd does not answer" "timed out" in_mount 'cp .etcd/snapshot "$DIR/other.db"'
kill -CONT "${MEMBER_PID[1]}"
wait_until "it again" in_mount 'cp .etcd/snapshot "$DIR/other.db"'
