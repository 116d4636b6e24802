# A load of writers that record which writes were acknowledged, and their judge (writers.py).
# shellcheck shell=bash
#
# To be sourced after case.sh.
#
#   start_writers COUNT MNT...  starts COUNT writers in the background, on these mounts in turn
#   heals WHAT COMMAND...       runs COMMAND; each writer must write again by itself, and soon
#   heal_only="0 2" heals ...   only these writers must
#   judge_writers RUN MNT...    ends the writers, and judges what is there in etcd and in each mount
#
# The promise is 3 s. A machine that runs other cases is slow in starting an etcd, so up to $HEALED is
# accepted; the output says how long it took.
WRITERS=$DIR/writers
WRITERS_PID=
WRITERS_SEED=${WRITERS_SEED:-$RANDOM}
HEALED=${HEALED:-20}
# seconds: the mount's default timeout, and what a machine under load adds
LONGEST=${LONGEST:-10}

writers() { python3 -B "$TOP/tests/lib/writers.py" "$@"; }

start_writers() {
	mkdir -p "$WRITERS"
	python3 -B "$TOP/tests/lib/writers.py" run "$WRITERS" "$1" "$WRITERS_SEED" "${@:2}" >&2 &
	WRITERS_PID=$!
	AT_END=(stop_writers "${AT_END[@]}")
	HEALED=$LIMIT wait_writes "the first writes"
}

stop_writers() {
	touch "$WRITERS/stop"
	[ -z "$WRITERS_PID" ] || timeout 30 tail --pid="$WRITERS_PID" -s 0.1 -f /dev/null
}

now() { date +%s.%N; }

# wait_writes WHAT [SINCE]: until each writer has done a write that began since.
wait_writes() {
	local what=$1 took
	# shellcheck disable=SC2086
	took=$(writers healed "$WRITERS" "${2:-$(now)}" "$HEALED" ${heal_only:-}) || die "$what: no writes"
	say "$what: ${took} s"
}

heals() {
	local what=$1
	shift
	"$@"
	wait_writes "$what: writes are done again" "$(now)"
}

judge_writers() {
	touch "$WRITERS/stop"
	wait "$WRITERS_PID" || die "the writers: status $?"
	WRITERS_PID=
	limit python3 -B "$TOP/tests/lib/writers.py" judge "$WRITERS" "$LONGEST" "$@" >&2 ||
		die "what the writers were told is not what is there (seed $WRITERS_SEED)"
}
