# A service manager, as far as a service sees one: a notify socket, with somebody who listens.
# shellcheck shell=bash
#
# To be sourced after case.sh.
#
#   start_manager [MNT [WHICH]]   begins to listen for the service whose mount is MNT; WHICH keeps several apart
#   manager_of [WHICH]            the variable that the service gets: NOTIFY_SOCKET=...
#   heard REGEX [WHICH]           the assignments, one a line, that match REGEX, in their order
#   has_heard REGEX [WHICH]       whether there is one
#   is_ready_once [WHICH]        whether READY=1 was told once, and the mount answered then
#   speakers [WHICH]             the pids of those who have said something
#   write_conf FILE MNT [LINE...] a configuration file with that mountpoint; LINEs follow
#   start_service FILE [VARIABLE=VALUE...]   starts etcdfs as its unit does: no other arguments

manager_of() { echo "NOTIFY_SOCKET=@$NAME${1:+.$1}.said"; }

start_manager() {
	local socket which=${2:-}
	socket=$(manager_of "$which")
	socket=${socket#*=}
	: >"$DIR/said$which"
	env -u CASE_MARK python3 "$TOP/tests/lib/manager.py" "$socket" "$DIR/said$which" "${1:-$MNT}" &
	MANAGERS+=($!)
	wait_until "the service manager" grep -q " $socket$" /proc/net/unix
}

MANAGERS=()
end_managers() { [ "${#MANAGERS[@]}" = 0 ] || kill "${MANAGERS[@]}"; }
AT_END+=(end_managers)

heard() { cut -d ' ' -f 3- "$DIR/said${2:-}" | grep -E -- "$1" || true; }
has_heard() { [ -n "$(heard "$@")" ]; }

is_ready_once() { [[ $(heard '^READY=1' "${1:-}") =~ ^READY=1\ [a-z]+$ ]]; }

speakers() { cut -d ' ' -f 2 "$DIR/said${1:-}" | sort -u; }

write_conf() {
	mkdir -p "$(dirname "$1")"
	printf '%s\n' "[mount]" "mountpoint = $2" "${@:3}" >"$1"
}

start_service() {
	setsid env --default-signal=INT "${@:2}" "$ETCDFS" -f -c "$1" >>"$LOG" 2>&1 </dev/null &
	PID=$!
}
