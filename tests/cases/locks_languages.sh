#!/bin/bash
# The lock libraries of Go (gofrs/flock) and Node (proper-lockfile) exclude on three mounts, as they are.
# Statements: 17, 19, 395, 396, 397, 401, 468.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/locks.sh"
TIMES=${TIMES:-10}

GO=/usr/share/gocode NODE=/usr/share/nodejs
has_go() { command -v go && [ -d "$GO/src/github.com/gofrs/flock" ]; }
has_node() { command -v node && [ -d "$NODE/proper-lockfile" ]; }
requires "neither go with golang-github-gofrs-flock-dev, nor node with node-proper-lockfile" \
	eval 'has_go || has_node'
start_mount
start_beside 2

# counts WHAT COMMAND...: COMMAND adds to the file WHAT on all three mounts at once, $TIMES times on each.
counts() {
	local i pid counters=()
	in_mount 'echo 0 >"$1"' "$1"
	for i in 0 1 2; do
		in_beside $i '"$@"' "${@:2}" "$1" "$TIMES" &
		counters+=($!)
	done
	for pid in "${counters[@]}"; do
		wait "$pid" || die "$1: a counter has ended with status $?"
	done
	equal "counted in $1" $((3 * TIMES)) "$(in_mount 'cat "$1"' "$1")"
}

# --- Go ---
cat >"$DIR/locks.go" <<'EOP'
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/gofrs/flock"
)

func done(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func add(name string) {
	text, err := os.ReadFile(name)
	done(err)
	number, err := strconv.Atoi(strings.TrimSpace(string(text)))
	done(err)
	done(os.WriteFile(name, []byte(fmt.Sprintln(number+1)), 0644))
}

func library(name string) {
	lock := flock.New(name)
	done(lock.Lock())
	add(name)
	done(lock.Unlock())
}

func system(name string) {
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	done(err)
	done(syscall.Flock(int(file.Fd()), syscall.LOCK_EX))
	add(name)
	done(file.Close())
}

func record(name string) {
	file, err := os.OpenFile(name+".lock", os.O_RDWR|os.O_CREATE, 0644)
	done(err)
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Len: 1}
	done(syscall.FcntlFlock(file.Fd(), syscall.F_SETLKW, &lock))
	add(name)
	done(file.Close())
}

// Says whether a lock can be had now: exclusive, shared.
func try(name string) {
	exclusive, err := flock.New(name).TryLock()
	done(err)
	shared, err := flock.New(name + ".shared").TryRLock()
	done(err)
	fmt.Println(exclusive, shared)
}

// Holds one lock of each kind until its input ends.
func hold(name string) {
	done(flock.New(name).Lock())
	done(flock.New(name + ".shared").RLock())
	fmt.Println("held")
	os.Stdin.Read(make([]byte, 1))
}

func main() {
	once, ok := map[string]func(string){
		"library": library, "system": system, "record": record, "try": try, "hold": hold}[os.Args[1]]
	times, err := strconv.Atoi(os.Args[3])
	done(err)
	for i := 0; ok && i < times; i++ {
		once(os.Args[2])
	}
}
EOP

try_go() {
	local kind
	GO111MODULE=off GOPATH=$GO GOCACHE="$DIR/go-build" GOFLAGS=-p=1 go build -o "$DIR/locks" "$DIR/locks.go"
	for kind in library system record; do
		counts "go-$kind" "$DIR/locks" "$kind"
	done
	coproc HOLDER { cd / && exec "$DIR/locks" hold "$MNT/go" 1; }
	local pid=$HOLDER_PID
	read -r -t "$LIMIT" line <&"${HOLDER[0]}" || die "go: not held"
	equal "go: elsewhere" "false true" "$(in_beside 1 '"$DIR/locks" try go 1')"
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || true
	wait_until "go: free when its holder is killed" in_beside 1 '[ "$("$DIR/locks" try go 1)" = "true true" ]'
}

# --- Node ---
cat >"$DIR/locks.js" <<'EOP'
const fs = require('fs');
const lockfile = require('proper-lockfile');
const [verb, file, times] = process.argv.slice(2);
// A lock that is not refreshed for so long is taken away; a busy machine may be late.
const stale = 60000;
const retries = { forever: true, factor: 1, minTimeout: 10 };

async function count() {
	for (let i = 0; i < times; i++) {
		const release = await lockfile.lock(file, { stale, retries });
		fs.writeFileSync(file, Number(fs.readFileSync(file, 'utf8')) + 1 + '\n');
		await release();
	}
}

// Refreshes it every second, and never ends by itself.
async function hold() {
	await lockfile.lock(file, { stale, update: 1000 });
	console.log('held');
	setInterval(() => {}, 1000);
}

// Until another's lock was refreshed twice.
async function watch() {
	const seen = new Set();
	while (seen.size < 3) seen.add(fs.statSync(file + '.lock').mtimeMs);
	console.log(await lockfile.check(file, { stale }));
}

// Until a lock whose holder is dead can be had.
async function inherit() {
	const release = await lockfile.lock(file, { stale: 2000, retries: { ...retries, minTimeout: 200 } });
	await release();
	console.log(fs.existsSync(file + '.lock'));
}

({ count, hold, watch, inherit })[verb]().catch(error => { console.error(error); process.exit(1); });
EOP

try_node() {
	export NODE_PATH=$NODE
	counts node node "$DIR/locks.js" count
	coproc HOLDER { cd / && exec node "$DIR/locks.js" hold "$MNT/node"; }
	local pid=$HOLDER_PID
	read -r -t "$LIMIT" line <&"${HOLDER[0]}" || die "node: not held"
	equal "node: refreshed, and seen to be so elsewhere" true "$(in_beside 1 'node "$DIR/locks.js" watch node')"
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || true
	equal "node: taken over from the dead, and given back" false \
		"$(in_beside 1 'node "$DIR/locks.js" inherit node')"
}

if has_go >/dev/null; then try_go; else say "(no go, or no gofrs/flock)"; fi
if has_node >/dev/null; then try_node; else say "(no node, or no proper-lockfile)"; fi
equal "nothing is left" "" "$(keys .etcd/lock/)"
