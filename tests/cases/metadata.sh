#!/bin/bash
# Modes, owners and times are kept in etcd beside the keys: seen on another mount, after a rename and after a restart.
# Statements: 465-475.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/second.sh"

start_mount
start_second
meta() { ctl get --print-value-only ".etcd/meta/$1"; }
metas() { ctl get --prefix --keys-only .etcd/meta/ | grep . || true; }
# cost N WHAT SCRIPT: it makes N revisions.
cost() {
	local before
	before=$(revision)
	in_mount "$3"
	equal "$2: revisions" "$1" "$(($(revision) - before))"
}
shows() { # WHAT EXPECTED FORMAT NAME: on both mounts
	equal "$1: here" "$2" "$(in_mount 'stat -c "$1" -- "$2"' "$3" "$4")"
	equal "$1: there" "$2" "$(in_second 'stat -c "$1" -- "$2"' "$3" "$4")"
}

# What is the mount's default is kept nowhere.
cost 1 "a plain file" 'echo v >k'
cost 1 "a plain directory" 'mkdir d'
cost 0 "a mode that it has" 'chmod 644 k; chmod 755 d; chown "$(id -u):$(id -g)" k d'
equal "no metadata" "" "$(metas)"

# Modes and owners.
cost 1 chmod 'chmod 4711 k'
shows chmod 4711 %a k
cost 1 chown 'chown 1234:5678 k'
shows "chown drops setuid" "1234 5678 711" "%u %g %a" k
cost 1 "of a directory" 'chmod 1777 d'
shows "a directory" 1777 %a d
shows "the value" 2 %s k
cost 1 "the root" 'chmod 751 .'
shows "the root" 751 %a .
cost 1 "back" 'chmod 755 .'
shows "the root again" 755 %a .
equal "what is kept" ".etcd/meta/d/ .etcd/meta/k" "$(metas | tr '\n' ' ' | sed 's/ $//')"
check "readable" jq -e '.mode == "0711" and .uid == 1234 and .gid == 5678' <<<"$(meta k)" >/dev/null
cost 1 "all that differs goes" 'chown "$(id -u):$(id -g)" k'
cost 1 "and the key with it" 'chmod 644 k'
equal "nothing is left of it" ".etcd/meta/d/" "$(metas)"

# The mode of open and mkdir, and the caller's umask.
cost 1 "made private" '(umask 077; echo s >secret)'
shows "made private" 600 %a secret
cost 2 "executable" 'install -m 755 /dev/null tool'
shows "executable" 755 %a tool
cost 1 "mkdir" 'mkdir -m 700 private'
shows "mkdir" 700 %a private
cost 1 "O_EXCL" '(umask 077; set -C; : >excl)'
shows "O_EXCL" 600 %a excl
cost 2 "setgid" 'mkdir -m 2775 team'
cost 1 "setgid" 'chgrp 5678 team'
in_mount ': >team/f; mkdir team/sub'
shows "the group of a setgid directory" "5678 644" "%g %a" team/f
shows "setgid goes down" "5678 2755" "%g %a" team/sub

# Names that end as an empty component does, or are escapes.
in_mount 'for name in "x%empty" "%empty%" "d/y%value" "100%" "%25empty"; do echo v >"$name"; chmod 600 "$name"; done'
for name in 'x%empty' '%empty%' 'd/y%value' '100%' '%25empty'; do
	shows "the mode of $name" 600 %a "$name"
done
shows "and not of the root" 755 %a .

# Times, of the value that they were set for.
day="2001-02-03 04:05:06.123456789 +0000"
cost 1 touch 'touch -d "2001-02-03 04:05:06.123456789 UTC" k'
export TZ=UTC
shows touch "$day" %y k
in_mount 'touch -a -d "2002-02-02 UTC" k'
shows "the other time" "2002-02-02 00:00:00.000000000 +0000 $day" "%x %y" k
in_second 'chmod 600 k'
shows "chmod leaves them" "$day 600" "%y %a" k
in_second 'echo new >k'
check "a new value has its own" [ "$(in_mount 'stat -c %y k')" != "$day" ]
shows "and the mode" 600 %a k
cost 1 "set before the close" "$(cat <<'PY'
python3 -c '
import os
f = os.open("t", os.O_CREAT | os.O_WRONLY, 0o600)
os.write(f, b"1"); os.utime(f, ns=(1, 2)); os.fchmod(f, 0o640); os.close(f)'
PY
)"
shows "set before the close" "1970-01-01 00:00:00.000000002 +0000 640" "%y %a" t
in_mount 'touch -d "$1" t' "$day"
shows "set before the close" "$day" %y t
in_mount 'echo x >d/in; touch -d "$1" d' "$day"
shows "a directory" "$day" %y d
in_mount 'echo y >d/in'
shows "a value in it" "$day" %y d
in_second ': >d/in2'
check "a name in it" [ "$(in_mount 'stat -c %y d')" != "$day" ]

# A copy with everything, from outside.
in_mount 'cd "$DIR"; echo copy >from; chmod 640 from; chown 1:2 from; touch -d "$1" from' "$day"
cost 2 "cp -p" 'cp -p "$DIR/from" to'
shows "cp -p" "640 1 2 $day" "%a %u %g %y" to
in_mount 'echo other >"$DIR/from"; chmod 600 "$DIR/from"; touch -d "$1" "$DIR/from"' "$day"
before=$(revision)
in_mount 'cp -p "$DIR/from" to'
check "over another" [ $(($(revision) - before)) -le 2 ]
shows "over another" "600 $day" "%a %y" to

# Renames, and removals.
cost 1 mv 'mv to moved'
shows mv "600 1 2 $day" "%a %u %g %y" moved
equal "under one name" ".etcd/meta/moved" "$(metas | grep -E '/(to|moved)$')"
cost 1 "over another" 'mv moved t'
shows "over another" "600 1 2 $day" "%a %u %g %y" t
in_mount 'touch -d "$1" private; mkdir private/sub; chmod 711 private/sub' "$day"
in_mount 'echo x >private/f; chmod 640 private/f'
cost 1 "a directory" 'mv private Private'
shows "a directory" 700 %a Private
shows "below it" 640 %a Private/f
shows "below it" 711 %a Private/sub
cost 1 exchange "$(cat <<'PY'
python3 -c '
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
assert libc.renameat2(-100, b"t", -100, b"tool", 2) == 0, ctypes.get_errno()'
PY
)"
shows exchange 755 %a t
shows exchange "600 1 2" "%a %u %g" tool
cost 1 rm 'rm tool'
check "rm" [ -z "$(metas | grep tool || true)" ]
in_mount 'rm -r Private'
check "rm -r" [ -z "$(metas | grep -i private || true)" ]

# What another client does to the key.
ctl del secret >/dev/null
ctl put secret anew >/dev/null
shows "made anew by another client" 644 %a secret
in_mount 'chmod 640 secret'
ctl put secret more >/dev/null
shows "written by another client" 640 %a secret
for bad in '{' 'x' '{"mode":"77777777"}' '{"mode":384}' '{"kind":"disk"}' '[]' ''; do
	expect_log "metadata of 'bad': "
	ctl put bad v >/dev/null
	ctl put .etcd/meta/bad -- "$bad" >/dev/null
	shows "bad metadata: $bad" 644 %a bad
done

# After a restart of everything.
in_mount 'touch -d "$1" k d team/sub' "$day"
stays='stat -c "%a %u %g %n" k t d team team/f team/sub excl; stat -c %y k d team/sub'
before=$(in_mount "$stays")
end_second
stop_mount
start_mount
equal "after a restart" "$before" "$(in_mount "$stays")"
