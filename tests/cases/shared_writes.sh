#!/bin/bash
# Writes of different files at once share revisions, and each is as if it were alone: its value, its
# errors, its line in a stream, its events here and elsewhere.
# Statements: 7, 14, 16, 51, 70, 76, 296.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/two.sh"
. "$TOP/tests/lib/events.sh"

requires "needs inotify-tools" command -v inotifywait
N=64
start_two -o timeout=30 -e election-timeout=5000 -e heartbeat-interval=500

# write TEXT: N threads, each with a file of its own, all of which are closed at once.
write() {
	check "writes of $1" in_mount 'python3 - "$@"' "$1" "$N" <<'PYTHON'
import os, sys, threading

text, n = sys.argv[1], int(sys.argv[2])
errors, ready = [], threading.Barrier(n)

def write(i):
    try:
        fd = os.open(f"key-{i}", os.O_WRONLY | os.O_TRUNC)
        os.write(fd, f"{text} {i}".encode())
        ready.wait()
        os.close(fd)
    except OSError as error:
        errors.append((i, error))

threads = [threading.Thread(target=write, args=(i,)) for i in range(n)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not errors, errors[:3]
PYTHON
}

values() { for ((i = 0; i < N; i++)); do echo "$1 $i"; done; }
of_each() { for ((i = 0; i < N; i++)); do echo "$1 key-$i"; done | sort; }
all_values() { ctl get --prefix --print-value-only key- | sort; }

# closed WATCHER FIRST: what CLOSE_WRITE it was told of since.
closed() { without_fences "$1" "$2" | tr ' ' '\n' | paste -d ' ' - - | grep '^CLOSE_WRITE key-' | sort; }

in_mount 'for ((i = 0; i < $1; i++)); do echo -n "old $i" >key-$i; done' "$N"
wait_until "the files on B" in_b '[ -e "key-$1" ]' $((N - 1))
MNT_OF_EVENTS=$MNT_B
watch b "$MNT_B"
settle b
MNT_OF_EVENTS=$MNT
watch a "$MNT"
settle a

before=$(revision)
first_a=$(($(lines_of a) + 1))
first_b=$(($(lines_of b) + 1))
write new
after=$(revision)
equal "the values" "$(values new | sort)" "$(all_values)"
check "$N writes make less than half as many revisions: $((after - before))" \
	[ $((after - before)) -lt $((N / 2)) ]
fence a "$first_a"
equal "each is told once here" "$(of_each CLOSE_WRITE)" "$(closed a "$first_a")"
MNT_OF_EVENTS=$MNT_B
fence b "$first_b"
equal "each is told once there" "$(of_each CLOSE_WRITE)" "$(closed b "$first_b")"
equal "what B reads" "$(values new | sort)" "$(in_b 'for i in key-*; do cat $i; echo; done' | sort)"

# A stream has a line of each, and those of one revision one behind the other.
in_mount 'timeout 30 sed "$2q" ".etcd/since/$1"' $((before + 1)) "$N" >"$DIR/lines"
equal "lines of the stream" "$(for ((i = 0; i < N; i++)); do echo "key-$i"; done | sort)" \
	"$(jq -r .path "$DIR/lines" | sort)"
equal "in the order of revisions" "$(jq .revision "$DIR/lines")" "$(jq .revision "$DIR/lines" | sort -n)"
equal "revisions in it" $((after - before)) "$(jq .revision "$DIR/lines" | sort -u | wc -l)"

# Both nodes write to each file at once, at a place of their own: of two that meet one is refused by etcd,
# which is nobody else's affair, and is applied again.
cat >"$DIR/places.py" <<'PYTHON'
import os, sys, threading

n, place, go = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
errors, ready = [], threading.Barrier(n)

def write(i):
    try:
        fd = os.open(f"key-{i}", os.O_WRONLY)
        os.pwrite(fd, b"AB"[place:place + 1], place)
        ready.wait()
        if i == 0:
            with open(go + str(place), "w"):
                pass
        while not all(os.path.exists(go + side) for side in "01"):
            pass
        os.close(fd)
    except OSError as error:
        errors.append((i, error))

threads = [threading.Thread(target=write, args=(i,)) for i in range(n)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not errors, errors[:3]
PYTHON
before=$(revision)
in_b 'python3 "$DIR/places.py" "$@"' "$N" 1 "$DIR/go" &
there=$!
check "writers here" in_mount 'python3 "$DIR/places.py" "$@"' "$N" 0 "$DIR/go"
check "writers there" wait "$there"
equal "what both have written" "$(for ((i = 0; i < N; i++)); do echo "ABw $i"; done | sort)" "$(all_values)"
check "revisions: $(($(revision) - before))" [ $(($(revision) - before)) -lt $((2 * N)) ]
