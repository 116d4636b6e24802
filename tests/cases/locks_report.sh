#!/bin/bash
# DIR/.etcd/locks lists who holds and who waits for the locks below DIR, of whoever has put them.
# Statements: 380, 418, 419.
. "$(dirname "$0")/../lib/case.sh"

requires "needs jq" command -v jq
start_mount
in_mount 'mkdir -p d/e; echo x >d/f; echo x >d/e/g; echo x >top; echo x >"d/100%"'
name() {
	in_mount 'python3 -c "import os, sys
print(os.getxattr(sys.argv[1], \"user.etcd.lock_name\").decode())" "$1"' "$1"
}
equal "the name of a file" .etcd/lock/d%2Ff "$(name d/f)"
equal "of an odd one" .etcd/lock/d%2F100%25 "$(name d/100%)"
equal "of a directory's lock" .etcd/lock/d%2F "$(name d/.etcd/lock)"
equal "of the root's" .etcd/lock/ "$(name .etcd/lock)"
fails "of a directory" "no data" name d
fails "of another control file" "no data" name .etcd/watch
equal "none yet" "" "$(in_mount 'cat .etcd/locks d/.etcd/locks')"

# locks DIR: "FILE STATE MODE" of each line.
locks() { in_mount 'jq -r "\"\(.file) \(.state) \(.mode)\"" "$1/.etcd/locks"' "$1" | paste -sd ,; }
put() { ctl put -- ".etcd/lock/$1" "$2" >/dev/null; }
value() { printf '{"mode":"%s","host":"h%s","pid":%s,"command":"c"}' "$1" "$2" "$2"; }

put d%2Ff/b.1 "$(value shared 1)"
put d%2Ff/c.1 "$(value shared 2)"
put d%2Ff/a.1 "$(value exclusive 3)"
put d%2Ff/a.2 "$(value shared 4)"
put d%2Fe%2Fg/a.3 "$(value exclusive 5)"
put d%2Fe%2Fg/a.10 "$(value exclusive 6)"
put d%2F/a.4 "$(value exclusive 7)"
put top/a.5 "$(value shared 8)"
put /a.6 "$(value shared 9)"
f="f held shared,f held shared,f waiting exclusive,f waiting shared"
equal "below d/e" "g held exclusive,g waiting exclusive" "$(locks d/e)"
equal "below d" ".etcd/lock held exclusive,e/g held exclusive,e/g waiting exclusive,$f" "$(locks d)"
equal "below the root" 9 "$(in_mount 'wc -l <.etcd/locks')"
equal "the root's own" ".etcd/lock held shared" "$(locks . | tr , '\n' | grep '^\.etcd')"
equal "another file" "top held shared" "$(locks . | tr , '\n' | grep top)"
made=$(ctl get .etcd/lock/d%2Fe%2Fg/a.3 -w json | jq '.kvs[0].create_revision')
line='{"file":"g","state":"held","mode":"exclusive","node":"h5","pid":5,"command":"c","revision":'
equal "a whole line" "$line$made"',"key":".etcd/lock/d%2Fe%2Fg/a.3"}' \
	"$(in_mount 'head -n 1 d/e/.etcd/locks')"
# The place in the queue is that of the key, and not of its value.
put d%2Ff/b.1 "$(value exclusive 1)"
equal "made exclusive" "f held exclusive,f waiting shared,f waiting exclusive,f waiting shared" \
	"$(locks d | tr , '\n' | grep ^f | paste -sd ,)"
ctl del .etcd/lock/d%2Ff/b.1 >/dev/null
equal "and given up" "f held shared,f waiting exclusive,f waiting shared" \
	"$(locks d | tr , '\n' | grep ^f | paste -sd ,)"
ctl del --prefix .etcd/ >/dev/null
equal "all given up" "" "$(locks .)"

# What is no value of ours is exclusive, and nothing is known of its holder.
put odd/1 '{"mode":"shared","host":'
put odd/2 '{"mode":7,"host":"h","pid":1}'
put odd/3 ''
head -c 1000000 /dev/zero | tr '\0' x | ctl put .etcd/lock/odd/4 >/dev/null
printf '{"mode":"shared","pid":"x","host":["h"],"command":null}' | ctl put .etcd/lock/odd/5 >/dev/null
put "odd/6" $'{"mode":"shared","host":"\xff","pid":-1,"command":"a\\"b\\n"}'
equal "odd values" "1 odd held exclusive,3 odd waiting exclusive,2 odd waiting shared" \
	"$(locks . | tr , '\n' | uniq -c | sed 's/^ *//' | paste -sd ,)"
check "each is a line of JSON" in_mount 'jq -e .revision .etcd/locks >/dev/null && [ "$(wc -l <.etcd/locks)" = 6 ]'
ctl del --prefix .etcd/ >/dev/null
# Names that lock nothing are passed over, and names that are not UTF-8 are base64.
expect_log "metadata of 'x/1': not in etcdfs' form"
for name in x lock lock/ lock/x lock/%zz/1 lock/%2/1 lock/.etcd%2Fx/1 meta/x/1; do
	ctl put ".etcd/$name" x >/dev/null
done
ctl put $'.etcd/lock/d%2F\xff/1/2/3' x >/dev/null
equal "names" '{"file_base64":"/w==","state":"held","mode":"exclusive"}' \
	"$(in_mount 'jq -c "del(.revision, .key_base64)" d/.etcd/locks')"
equal "and no others" 1 "$(in_mount 'wc -l <.etcd/locks')"
ctl del --prefix .etcd/ >/dev/null

# etcdctl lock stands in the same queue, and the report is not older than what was acknowledged before.
ctl lock "$(name d/f)" >"$DIR/held" &
LOCKER=$!
wait_until "etcdctl's lock" [ -s "$DIR/held" ]
equal "etcdctl's" "d/f held exclusive" "$(locks .)"
equal "its key" "$(cat "$DIR/held")" "$(in_mount 'jq -r .key .etcd/locks')"
kill "$(child_named "$LOCKER" timeout || true)" 2>/dev/null || kill "$LOCKER"
wait "$LOCKER" || true
equal "given up" "" "$(locks .)"
for i in 1 2 3 4; do
	put "top/$i.1" ''
	equal "after a put $i" "$i" "$(in_mount 'wc -l <.etcd/locks')"
done

# It is read as it was opened, and cannot be written; a directory's is gone with it.
equal "as it was opened" 4 "$(in_mount 'exec 3<.etcd/locks
	etcdctl --endpoints="unix://$1/client:0" put .etcd/lock/top/5.1 x >/dev/null; wc -l <&3' "$RUN")"
fails "writing" "permission denied|read-only|not permitted" in_mount 'echo x >.etcd/locks'
fails "of no directory" "not a directory" in_mount 'cat top/.etcd/locks'
fails "of a directory that is gone" "no such" in_mount 'cat gone/.etcd/locks'

# More than a piece of them, in one queue and in many.
python3 - <<'P' | ctl txn >/dev/null
print()
for i in range(120): print(f"put .etcd/lock/many/a{i} x")
print()
print()
P
for n in 1 2 3 4; do
	python3 -c "
print()
for i in range(120): print(f'put .etcd/lock/d%2F{i}x$n/{i}.1 x')
for i in range(60): print(f'put .etcd/lock/many/$n.{i} x')
print()
print()" | ctl txn >/dev/null
done
equal "many" "480 845" "$(in_mount 'echo "$(wc -l <d/.etcd/locks) $(wc -l <.etcd/locks)"')"
equal "each file once in each queue" 480 "$(in_mount 'jq -r .file d/.etcd/locks | sort -u | wc -l')"
