# Uses up etcd's quota with values that stay, so that it is reached until one of them is deleted.
# shellcheck shell=bash
#
# To be sourced after case.sh; etcd has a quota of 8 MiB.
#
#   fill_up                    writes files in big/, until there is no room
#   no_room WHAT COMMAND...    COMMAND must be refused

# A quota that a history has reached heals by itself, so it goes on until the files alone are over
# four fifths of it: 14 are, and 13 are well below. Of the first without room nothing may be known.
# shellcheck disable=SC2016
FILL='for i in {1..1000}; do
	said=$({ head -c 480000 /dev/urandom >big/$i; } 2>&1) && continue
	[[ $said = *"No space left"* ]] || continue
	[ "$(find big -size 480000c | wc -l)" -lt 14 ] || break
	sleep 0.1
done; echo "$said" >&2; false'

fill_up() { fails "filling it" "No space left" in_mount "$FILL"; }

# What gets no answer, as in an election, is asked again.
no_room() {
	local end=$((SECONDS + LIMIT))
	while :; do
		fails "$1" "No space left|timed out" "${@:2}"
		grep -qi "timed out" <<<"$WORDS" || return 0
		[ "$SECONDS" -lt "$end" ] || die "$1: no answer in $LIMIT s"
	done
}
