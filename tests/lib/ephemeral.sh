# Processes that have an ephemeral file open.
# shellcheck shell=bash
#
# To be sourced after case.sh.
#
#   hold_file MNT PATH [TEXT]   starts a process that makes PATH below MNT, has written TEXT, and goes on; $HOLDER
#   end_holder                  kills it
hold_file() {
	local open=$DIR/open.$RANDOM
	(cd / && exec bash -c 'exec 9>"$1" || exit; [ -z "$2" ] || { echo "$2" >&8; } 8>&9 || exit
		: >"$3"; exec sleep 1000' holder "$1/$2" "${3:-}" "$open") &
	HOLDER=$!
	wait_until "$2" eval '[ -e "$open" ] || is_gone "$HOLDER"'
	[ -e "$open" ] || die "$2: cannot be made"
}

end_holder() {
	kill -KILL "$HOLDER"
	wait "$HOLDER" 2>/dev/null || true
}
