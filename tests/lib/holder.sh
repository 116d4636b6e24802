# Processes that hold files and locks, and do one step after another.
# shellcheck shell=bash
#
# To be sourced after case.sh.
#
#   start_holder NAME DIR          starts one in the directory DIR
#   does NAME EXPECTED WORD...     it does a step (holder.py) and answers EXPECTED
#   begins NAME WORD...            it begins with a step; answers NAME EXPECTED: and has done it
#   polls NAME FD [EVENTS]         whether poll(2) tells of a lost lock, by POLLERR and POLLPRI; or EVENTS
#   end_holder NAME                it ends, and has closed all
#   kill_holder NAME
#   lock_keys [KEY]                the keys of locks in etcd; of the file KEY
declare -A HOLDERS HOLDER_IN HOLDER_OUT

start_holder() {
	local name=$1 in out
	mkfifo "$DIR/$name.in" "$DIR/$name.out"
	(cd / && exec bash -c 'cd "$1" && exec python3 "$2"' holder "$2" "$TOP/tests/lib/holder.py") \
		<"$DIR/$name.in" >"$DIR/$name.out" &
	HOLDERS[$name]=$!
	exec {in}>"$DIR/$name.in" {out}<"$DIR/$name.out"
	HOLDER_IN[$name]=$in HOLDER_OUT[$name]=$out
}

begins() { echo "${*:2}" >&"${HOLDER_IN[$1]}"; }

answers() {
	local answer
	read -r -t "$LIMIT" answer <&"${HOLDER_OUT[$1]}" || die "$1: no answer within $LIMIT s ($STEP)"
	equal "$1: $STEP" "$2" "$answer"
}

does() {
	STEP=${*:3}
	begins "$1" "${@:3}"
	answers "$1" "$2"
}

polls() {
	local events
	begins "$1" poll "$2"
	read -r -t "$LIMIT" events <&"${HOLDER_OUT[$1]}" && [ "$events" = "${3:-a}" ]
}

end_holder() {
	local in=${HOLDER_IN[$1]} out=${HOLDER_OUT[$1]}
	is_gone "${HOLDERS[$1]}" || begins "$1" end
	exec {in}>&-
	wait_until "the end of $1" is_gone "${HOLDERS[$1]}"
	exec {out}<&-
	rm "$DIR/$1.in" "$DIR/$1.out"
}

kill_holder() {
	kill -KILL "${HOLDERS[$1]}"
	wait "${HOLDERS[$1]}" 2>/dev/null || true
	end_holder "$1"
}

lock_keys() { keys ".etcd/lock/${1:+$1/}"; }
