#!/bin/bash
# RENAME_EXCHANGE: two names change places in one transaction, as in the switch of a whole configuration.
# Statements: 22, 87, 210, 214, 216.
. "$(dirname "$0")/../lib/case.sh"
# shellcheck source=tests/lib/second.sh
. "$TOP/tests/lib/second.sh"

start_mount
export RENAME=$TOP/tests/lib/rename.py
exchange() { in_mount 'python3 "$RENAME" "$1" "$2" exchange' "$@"; }
tree() { in_mount 'find "$@" | sort | paste -sd " "' "$@"; }
text() { in_mount 'cat "$@" | paste -sd " "' "$@"; }

# --- Files ---
lease=$(ctl lease grant 600 | awk '{ print $2 }')
echo 1 | ctl put --lease="$lease" a >/dev/null
in_mount 'echo 2 >b'
nodes=$(in_mount 'stat -c %i a b')
publishes 1 "files" 'python3 "$RENAME" a b exchange'
equal "contents" "2 1" "$(text a b)"
equal "inodes" "$nodes" "$(in_mount 'stat -c %i b a')"
equal "the lease" "[b]" "$(ctl lease timetolive --keys "$lease" | sed 's/.*keys(\(.*\))/\1/')"
in_mount 'exec 3>>a; echo more >&3; python3 "$RENAME" a b exchange; exec 3>&-'
equal "an open file has the other name" "1 2 more" "$(text a b)"

# --- Directories: of other names, one without a marker, one with a value ---
in_mount 'mkdir one two one/sub; echo 1 >one/x; echo 1 >one/only; echo 2 >two/x'
ctl put three/k 3 >/dev/null
ctl put three value >/dev/null
nodes=$(in_mount 'stat -c %i one one/x one/sub two two/x')
publishes 1 "directories" 'python3 "$RENAME" one two exchange'
equal "contents" "2 1 1" "$(text one/x two/x two/only)"
equal "nothing else" "one one/x two two/only two/sub two/x" "$(tree one two)"
equal "inodes" "$nodes" "$(in_mount 'stat -c %i two two/x two/sub one one/x')"
exchange one three
equal "keys" "one=value one/k=3 three/= three/x=2" "$(for key in $(keys one) $(keys three); do
	echo "$key=$(value_of "$key")"; done | paste -sd ' ')"
in_mount 'mkdir -p deep/er; echo 1 >deep/er/y'
exchange deep/er two
equal "of different depth" "deep deep/er deep/er/only deep/er/sub deep/er/x two two/y" "$(tree deep two)"
in_mount 'mkdir empty'
exchange empty two
equal "with an empty one" "empty empty/y two" "$(tree empty two)"

# --- A file and a directory ---
nodes=$(in_mount 'stat -c %i b deep')
publishes 1 "a file and a directory" 'python3 "$RENAME" b deep exchange'
equal "are what the other was" "b b/er b/er/only b/er/sub b/er/x deep" "$(tree b deep)"
equal "inodes" "$nodes" "$(in_mount 'stat -c %i deep b')"
equal "the file" "2 more" "$(text deep)"
exchange one a
equal "a directory with a value, and a file" "one=1 a=value a/k=3" \
	"$(for key in $(keys one) $(keys a); do echo "$key=$(value_of "$key")"; done | paste -sd ' ')"

# --- What cannot be ---
fails "with nothing" "no such file" exchange a nothing
fails "of nothing" "no such file" exchange nothing a
fails "with what is in it" "invalid" exchange b b/er
fails "with where it is" "invalid" exchange b/er b
fails "with .role" "not permitted" exchange deep .role
fails "a directory as a value" "invalid" exchange empty a/%value
exchange deep a/%value
equal "a value" "value2 more" "$(text deep a/%value)"

# --- A configuration of two files is switched under readers on two mounts ---
# Each generation is there before its switch, and stays. Who reads x twice and finds it the same must
# have found y to be of that generation as well, and there is always an x and a y.
start_second -o consistency=cached
cat >"$DIR/reader.py" <<'END'
import os, sys
reads = 0
def read(name):
    with open("conf/" + name) as file:
        return int(file.read())
last = 0
while not os.path.exists(os.environ["DIR"] + "/over") or reads < 20:
    first, other, again = read("x"), read("y"), read("x")
    if first == again != other:
        sys.exit(f"a mix: {first} {other} {again}")
    if first < last or again < first:
        sys.exit(f"back in time: {last} {first} {again}")
    last = again
    reads += 1
END
LIMIT=300
in_mount 'for i in {0..20}; do mkdir gen-$i; echo $i >gen-$i/x; echo $i >gen-$i/y; done; mv gen-0 conf'
wait_until "the second mount to have it" in_second 'test -e conf/y'
readers=()
for node in in_mount in_mount in_second in_second; do
	$node 'python3 "$DIR/reader.py"' &
	readers+=($!)
done
in_mount 'python3 -c "
import os, sys
sys.path.insert(0, os.path.dirname(os.environ[\"RENAME\"]))
from rename import rename
for i in range(1, 21):
    rename(\"conf\", f\"gen-{i}\", \"exchange\")"'
touch "$DIR/over"
for reader in "${readers[@]}"; do
	check "a reader" wait "$reader"
done
equal "the last one" "20 20" "$(text conf/x conf/y)"
wait_until "the second mount to be as far" in_second 'grep -qx 19 gen-20/x'
equal "the one before" "19 19" "$(in_second 'cat gen-20/x gen-20/y | paste -sd " "')"
