# Which events an inotify watcher of the mount gets, and how a case judges them.
# shellcheck shell=bash
#
# To be sourced after case.sh.
#
#   watch NAME PATH...      starts inotifywait -m on PATHs and waits until its watches stand; its lines,
#                           one event each, are in $DIR/NAME.events as "EVENT PATH"
#   watch_all NAME ARG...   the same with inotifywait's options, and every event
#   settle NAME             waits until it has the events of all changes before
#   step NAME WHAT REGEX COMMAND...  runs COMMAND; the events that follow must match REGEX as a whole
#   unwatch NAME            ends it
#
# A fence tells the events of one step from those of the step before: it is one more remote change, a
# new key in $FENCES_IN ("" or "DIR/"), which has to be watched. The fence's events come after those
# of all changes before it. $FENCES_PREFIX is the mount's prefix.
#
# A busy machine's etcd may lose its leader, so events of .role are left out without ROLE_IS_TOLD=yes.
FENCES_IN=
FENCES_PREFIX=
ROLE_IS_TOLD=
FENCES=0
WATCHERS=()
CHANGES=create,modify,close_write,delete,move,attrib,delete_self,move_self,unmount
AT_END+=(end_watchers)

end_watchers() {
	local pid left=()
	for pid in "${WATCHERS[@]}"; do # one that has ended may have left its pid to somebody else
		! grep -qzFx "CASE_MARK=$CASE_MARK" "/proc/$pid/environ" 2>/dev/null || left+=("$pid")
	done
	WATCHERS=()
	for pid in "${left[@]}"; do
		kill "$pid" 2>/dev/null || true
	done
	for pid in "${left[@]}"; do
		wait_until "the end of a watcher" is_gone "$pid"
	done
}

# background NAME COMMAND...: in the background, out in $DIR/NAME.events, err in $DIR/NAME.err.
background() {
	(cd / && exec "${@:2}") >"$DIR/$1.events" 2>"$DIR/$1.err" </dev/null &
	# shellcheck disable=SC2034
	WATCHER=$!
	WATCHERS+=("$WATCHER")
	eval "WATCHER_${1//-/_}=$WATCHER"
}

stands() { grep -q "Watches established" "$DIR/$1.err"; }

watch_all() {
	background "$1" inotifywait -m --format '%e %w%f' "${@:2}"
	wait_until "the watches of $1" stands "$1"
}

watch() { watch_all "$1" -e "$CHANGES" "${@:2}"; }

unwatch() {
	local pid=WATCHER_${1//-/_}
	kill "${!pid}"
	wait "${!pid}" 2>/dev/null || true
}

# events NAME [FIRST]: the events from line FIRST on, on one line: "CREATE new MODIFY new ", with
# paths relative to the mount.
events() {
	sed -n "${2:-1},\$p" "$DIR/$1.events" |
		if [ -n "$ROLE_IS_TOLD" ]; then cat; else sed "\\|^MODIFY .*/\.role$|d"; fi |
		sed -E "s|$MNT_OF_EVENTS/?||; s/,(CLOSE )/ /; s/^(CLOSE_(NO)?WRITE),CLOSE/\1/" |
		tr '\n' ' '
}
MNT_OF_EVENTS=$MNT

lines_of() { wc -l <"$DIR/$1.events"; }

has_event() { [[ $(events "$1" "$3") =~ $2 ]]; }

# fence NAME FIRST: waits until what came before is told.
fence() {
	FENCES=$((FENCES + 1))
	wait_until "a fence" ctl put -- "$FENCES_PREFIX${FENCES_IN}fence-$FENCES" x
	wait_until "$1: the fence's event after '$(events "$1" "$2")'" \
		has_event "$1" "CLOSE_WRITE ${FENCES_IN}fence-$FENCES " "$2"
}

settle() { fence "$1" "$(($(lines_of "$1") + 1))"; }

# The events without those of fences.
without_fences() { events "$1" "$2" | sed -E "s,[A-Z_]+ ${FENCES_IN}fence-[0-9]+ ,,g"; }

step() {
	local name=$1 what=$2 regex=$3 first got
	shift 3
	first=$(($(lines_of "$name") + 1))
	"$@" >/dev/null || die "$what: failed: $*"
	fence "$name" "$first"
	got=$(without_fences "$name" "$first")
	[[ $got =~ ^($regex)$ ]] || die "$what: expected /$regex/, got '$got'"
}

# Regular expressions of what one change is told as. New values may come one by one or together.
changed() { echo "((MODIFY $1 )+(CLOSE_WRITE $1 )+)+"; }
# A shell makes an empty file first: that is a change of its own.
created() { echo "CREATE $1 (CLOSE_WRITE $1 )?$(changed "$1")"; }
# A directory that goes; inotifywait also tells of its own watch there.
gone() { echo "(DELETE_SELF $1/ )?DELETE,ISDIR $1 (DELETE_SELF $1/ )?"; }
