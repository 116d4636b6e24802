#!/bin/bash
# etcd's users: a password, tokens that expire, rights on a prefix, rights to read only.
# Statements: 94-96, 98, 99, 271, 334.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/existing.sh"

start_cluster 1
enable_users
expect_log "the password goes over http://"
as() { printf "%s\n" -o "user=$1,password-file=$(password "$1")"; }

# What cannot start says why. The warning is a line of its own.
refuses_user() {
	fails "$1" "$2" limit "$ETCDFS" "${@:3}" -o "endpoints=$ENDPOINTS" "$MNT"
	nothing_left
}
refuses_user "no user" "does not permit reading all keys: .*user name is empty"
echo wrong >"$(password app)"
refuses_user "a wrong password" "cannot connect to etcd: .*invalid user ID or password" \
	-o "user=app,password-file=$DIR/password-app"
# shellcheck disable=SC2046
refuses_user "no rights" "does not permit reading 'x/': .*permission denied" $(as nobody) -o prefix=x/
# shellcheck disable=SC2046
refuses_user "all keys" "does not permit reading all keys: .*permission denied" $(as app)

# A password in an address, as in other programs' URLs, is not shown.
refuses "a password in an address" "endpoints: an address with an @ in it" \
	-o "endpoints=http://root:pw-root@127.0.0.1:${CLIENT_PORT[1]}" "$MNT"
[[ $WORDS != *pw-root* ]] || die "a password is shown: $WORDS"

# Who may do everything notices nothing of it.
allow_log "^etcdfs: debug: "
# shellcheck disable=SC2046
attach -d $(as root)
in_mount 'mkdir app && echo 1 >app/a && echo 2 >other'
equal "written by root" 1 "$(ctl get --print-value-only app/a)"
# The password is nowhere to be seen.
for pid in "$PID" "$(fs_pid)"; do
	! grep -qa pw-root "/proc/$pid/cmdline" "/proc/$pid/environ" || die "the password is seen"
done
# Nor is a token.
token=$(python3 -c 'import sys, urllib.request as r
print(r.urlopen(sys.argv[1], b"{\"name\": \"root\", \"password\": \"pw-root\"}").read().decode())' \
	"$ENDPOINTS/v3/auth/authenticate")
check "what a token looks like" grep -qE '"token": *"[A-Za-z]{16}\.[0-9]+"' <<<"$token"
equal "passwords and tokens in the log" "" "$(grep -aE 'pw-root|[A-Za-z]{16}\.[0-9]' "$LOG" || true)"
# New rules make all tokens old: they are renewed, and nobody notices.
for i in 1 2 3 4 5; do
	ctl role grant-permission app --prefix=true read "more$i/" >/dev/null
	in_mount 'echo "$1" >other && [ "$(cat other)" = "$1" ]' "$i"
done
ctl put other 6 >/dev/null
equal "after new rules" 6 "$(in_mount 'cat other')"
stop_mount

# A prefix.
expect_log "etcd permits 'app/' only"
# shellcheck disable=SC2046
attach $(as app) -o prefix=app/
equal "what is there" a "$(in_mount 'ls')"
in_mount 'echo 3 >a && mkdir d && echo x >d/f && mv d/f d/g && echo y >>d/g && rm a && echo 4 >b'
equal "what was written" $'app/\napp/b\napp/d/\napp/d/g' "$(keys app/ | sort)"
equal "in another directory" $'x\ny' "$(ctl get --print-value-only app/d/g)"
in_mount 'rm d/g && rmdir d'
equal "what is left" $'app/\napp/b' "$(keys app/)"
equal "nothing leaks out" 6 "$(ctl get --print-value-only other)"
stop_mount

# A token ends: etcd forgets it, and says no more than that it is not permitted.
expect_log "etcd permits 'app/' only"
stop_member 1 TERM
start_member 1 --auth-token-ttl 1
wait_until "etcd with short tokens" member_serves 1
# shellcheck disable=SC2046
attach $(as app) -o prefix=app/
in_mount 'echo 4 >b'
for i in 1 2 3; do
	sleep 2.5 # longer than a token lives; shorter would test less, and fail nothing
	in_mount 'exec 3<.etcd/watch; [ "$(cat b)" = 4 ] && echo 4 >b'
done
stop_mount

# The right to read: a write fails in open, not only at the end.
# shellcheck disable=SC2046
attach $(as reader) -o prefix=app/
equal "read" 4 "$(in_mount 'cat b')"
fails "write" "permission denied" in_mount 'exec 3<>b'
fails "overwrite" "permission denied" in_mount ': >b'
fails "create" "permission denied" in_mount 'echo x >c'
fails "mkdir" "permission denied" in_mount 'mkdir e'
fails "unlink" "permission denied" in_mount 'rm -f b'
fails "rename" "permission denied" in_mount 'mv b c'
equal "untouched" $'app/\napp/b' "$(keys app/)"
equal "still read" 4 "$(in_mount 'cat b')"
# With more rights, from now on.
ctl role grant-permission reader --prefix=true readwrite app/ >/dev/null
in_mount 'echo 5 >b'
equal "permitted now" 5 "$(ctl get --print-value-only app/b)"
stop_mount

# Another password, in etcd and in the file: nobody notices, not even a filesystem process that is started again.
# shellcheck disable=SC2046
attach $(as root)
change_root() {
	ctl user passwd root --interactive=false <<<"$1" >/dev/null
	CTL_FLAGS=(--user "root:$1")
}
echo second >"$DIR/password-root"
change_root second
in_mount 'echo 6 >other && [ "$(cat other)" = 6 ]'
filesystem=$(fs_pid)
expect_log "the filesystem process killed by signal 9"
kill -KILL "$filesystem"
wait_until "another filesystem process" in_mount '[ "$(cat other)" = 6 ] && echo 7 >other'

# In etcd alone: that is said, and mended by the file, once nobody else can read it.
health() { limit cat "$MNT/.etcd/status" | sed -n 's/.*"health":[^"]*"\(.*\)",$/\1/p'; }
says_health() { health | grep -qE "$1"; }
expect_log "etcd takes us no longer, trying again: .*invalid user ID or password"
change_root third
fails "refused" "timed out|connection" in_mount 'cat other'
wait_until "the health" says_health "takes us no longer: .*invalid user ID or password"
chmod 644 "$DIR/password-root"
echo third >"$DIR/password-root"
wait_until "the health" says_health "others can read $DIR/password-root"
expect_log "etcd takes us again"
chmod 600 "$DIR/password-root"
wait_until "the mount" in_mount '[ "$(cat other)" = 7 ]'
wait_until "the health" says_health '^ok$'
