#!/bin/bash
# cat, tail, while read, a loop in Python and jq follow a stream line by line.
# Statements: 59.
. "$(dirname "$0")/../lib/case.sh"

requires "no jq" command -v jq
start_mount
in_mount 'mkdir d'

# Each prints the lines of "$stream" as they come.
clients=(
	'cat "$stream"'
	'stdbuf -o0 tail -n +1 -f "$stream"'
	'while read -r line; do echo "$line"; done <"$stream"'
	'python3 -u -c "import sys
for line in open(sys.argv[1]): print(line, end=str())" "$stream"'
	'jq -c --unbuffered . "$stream"'
	'jq -c --unbuffered . <"$stream"'
	'grep --line-buffered . "$stream"'
	'sed -u s/a/a/ "$stream"'
	'dd if="$stream" bs=1M status=none'
)

# The whole line, with the value: before it comes that of the empty file.
says() { grep -q "\"path\":\"d/k-$1\".*\"value\":\"$1\".*}\$" "$DIR/out"; }

for client in "${clients[@]}"; do
	: >"$DIR/out"
	r=$(revision)
	timeout -k 5 "$LIMIT" bash -c 'cd "$MNT"; stream=d/.etcd/since/$1; eval "$2" >"$DIR/out"' \
		client $((r + 1)) "$client" &
	reader=$!
	for i in 1 2 3; do
		in_mount 'printf "%s" "$1" >d/k-$1' "$i"
		wait_until "$client: line $i" says "$i"
	done
	equal "$client: the values" "1 2 3" "$(jq -r 'select(.value != "") | .value' "$DIR/out" | xargs)"
	kill -TERM "$reader"
	wait "$reader" || true
	in_mount 'rm d/*'
done
