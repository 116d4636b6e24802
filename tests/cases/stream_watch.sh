#!/bin/bash
# .etcd/watch shows everything that is committed below its directory after the open, in order.
# Statements: 46, 51, 53, 57.
. "$(dirname "$0")/../lib/case.sh"

# follow STREAM COMMAND: opens STREAM, then runs COMMAND, then prints the lines of STREAM up to the
# one of the key "END" or "d/END".
follow='import json, os, subprocess, sys
with open(sys.argv[1]) as stream:
    subprocess.run(["bash", "-c", sys.argv[2]], check=True, stdout=subprocess.DEVNULL,
        env=os.environ | {"ETCDCTL_ENDPOINTS": os.environ["ENDPOINT"]})
    for line in stream:
        event = json.loads(line)
        if event["key"].endswith("END"):
            break
        print(event["revision"], event["type"], event["path"], event.get("value"),
            event.get("version"), event.get("create_revision"), event.get("lease"), sep="|")'
follow() { in_mount 'python3 -c "$@" | sed "s/$/;/" | tr -d "\n"' "$follow" "$@"; }

start_mount
export ENDPOINT=unix://$RUN/client:0

ctl put before 1 >/dev/null
in_mount 'mkdir d d2; echo x >d/before'
r=$(revision)
expected="$((r + 1))|put|a|1|1|$((r + 1))|None;$((r + 2))|put|d/b|2|1|$((r + 2))|None;"
expected+="$((r + 3))|delete|a|None|None|None|None;"
equal "from etcdctl" "$expected" \
	"$(follow .etcd/watch 'etcdctl put a 1; etcdctl put d/b 2; etcdctl del a; etcdctl put END 1')"
r=$(revision)
expected="$((r + 1))|put|d/c|x|1|$((r + 1))|None;"
expected+="$((r + 4))|delete|d/c|None|None|None|None;"
equal "from the mount" "$expected" \
	"$(follow d/.etcd/watch 'printf x >d/c; echo no >other; mkdir d3; rm d/c; etcdctl put d/END 1')"
r=$(revision)
equal "only what is below" "$((r + 5))|put|d/x|1|1|$((r + 5))|None;" \
	"$(follow d/.etcd/watch 'etcdctl put d 1; etcdctl put d0 1; etcdctl put d-e 1;
		etcdctl put d2/x 1; etcdctl put d/x 1; etcdctl put d/END 1')"
ctl del d >/dev/null

r=$(revision)
txn='etcdctl txn <<<"
put t2 2
put t1 1
del t0

" >/dev/null'
ctl put t0 0 >/dev/null
r=$(revision)
equal "a transaction" "$((r + 1))|put|t2|2;$((r + 1))|put|t1|1;$((r + 1))|delete|t0|None;" \
	"$(follow .etcd/watch "$txn; etcdctl put END 1" | sed 's/|[^|]*|[^|]*|[^|]*;/;/g')"

lease=$(ctl lease grant 1000 | sed 's/^lease \([0-9a-f]*\) .*/\1/')
case $(follow .etcd/watch "etcdctl put --lease=$lease l 1; etcdctl lease revoke $lease; etcdctl put END 1") in
*"|put|l|1|1|"*"|$((16#$lease));"*"|delete|l|None"*) ;;
*) die "the lease, and its end" ;;
esac

# A component of more than 255 bytes: there is no key where its first part ends.
long=$(printf 'x%.0s' {1..300})
ctl put "d/$long/y" 1 >/dev/null
cut=d/$(in_mount 'cd d; echo xx*')
r=$(revision)
equal "below the first part of a long name" "$((r + 2))|put" \
	"$(follow "$cut/.etcd/watch" "etcdctl put d/${long:0:250} 1; etcdctl put d/$long/y 2;
		etcdctl put d/${long}END 1" | cut -d'|' -f 1,2)"

# Nothing that was acknowledged before the open, all that comes after it, many times.
in_mount 'python3 -c "$1"' 'import json, os
for i in range(20):
    with open("d/count", "w") as file:
        file.write(f"before {i}")
    with open("d/.etcd/watch") as stream:
        with open("d/count", "w") as file:
            file.write(f"after {i}")
        event = json.loads(stream.readline())
        assert (event["path"], event["value"]) == ("d/count", f"after {i}"), event'

# Each open by itself.
in_mount 'exec 3<.etcd/watch; echo 1 >one; exec 4<.etcd/watch; echo 1 >two
	read -r a <&3; read -r b <&3; read -r c <&4
	[[ $a == *one* && $b == *two* && $c == "$b" ]]'

# A directory that is gone has no stream; one that comes after has.
in_mount 'mkdir again; cd again; rmdir ../again; ! cat .etcd/watch 2>/dev/null'
fails "no directory" "no such" in_mount 'cat again/.etcd/watch'
in_mount 'mkdir again; exec 3<again/.etcd/watch; echo x >again/x; read -r a <&3; [[ $a == *again/x* ]]'
stop_mount

start_mount -o prefix=/app/
line=$(in_mount 'exec 3<.etcd/watch; export ETCDCTL_ENDPOINTS=$ENDPOINT
	etcdctl put /apple no >/dev/null; etcdctl put /app/k 1 >/dev/null; read -r line <&3; echo "$line"')
case $line in
*'"type":"put","path":"k","key":"/app/k","value":"1",'*) ;;
*) die "with a prefix: $line" ;;
esac
