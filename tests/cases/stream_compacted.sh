#!/bin/bash
# A stream whose history is compacted says so in one line, and names the first revision that is left.
# Statements: 47, 54.
. "$(dirname "$0")/../lib/case.sh"

start_mount
in_mount 'mkdir d; for i in 1 2 3 4 5; do echo $i >d/k; done; rm d/k; echo 6 >d/k'
r=$(revision)
for at in $((r - 4)) "$r"; do
	ctl compact "$at" >/dev/null
	for since in 0 2 "$at"; do
		equal "since $since, compacted at $at" "{\"type\":\"compacted\",\"revision\":$((at + 1))}" \
			"$(in_mount 'cat d/.etcd/since/$1' "$since")"
	done
	line=$(in_mount 'exec 3<d/.etcd/since/$1; echo 7 >d/k; read -r line <&3; echo "$line"' $((at + 1)))
	case $line in
	"{\"revision\":$((at + 1)),"*) ;;
	*) die "from the first revision that is left: $line" ;;
	esac
done

# A deletion at the very revision of the compaction is not passed over in silence.
in_mount 'rm d/k'
r=$(revision)
ctl compact "$r" >/dev/null
equal "a deletion" "{\"type\":\"compacted\",\"revision\":$((r + 1))}" "$(in_mount 'cat d/.etcd/since/$1' "$r")"
check "poll tells of it" in_mount 'python3 -c "$1"' 'import select
file = open("d/.etcd/since/0")
assert select.select([file], [], [], 20)[0]
assert "compacted" in file.read()'

# A slow reader of the history that the compaction overtakes.
check "in the middle of the history" in_mount 'python3 -c "$@"' 'import json, os, subprocess, sys
first = int(sys.argv[1])
for i in range(300):
    with open("d/big", "r+" if i else "w") as file:
        file.write("x" * 40000)
last = first + 300
with open(f"d/.etcd/since/{first + 1}") as stream:
    seen = [json.loads(stream.readline())["revision"]]
    subprocess.run(["etcdctl", "compact", str(last)], check=True, stdout=subprocess.DEVNULL,
        env=os.environ | {"ETCDCTL_ENDPOINTS": sys.argv[2]})
    lines = [json.loads(line) for line in stream]
end = lines.pop()
seen += [line["revision"] for line in lines]
assert seen == list(range(first + 1, first + 1 + len(seen))), seen
assert len(seen) < 200, len(seen)
assert end == {"type": "compacted", "revision": last + 1}, end' "$(revision)" "unix://$RUN/client:0"
