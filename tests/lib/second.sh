# A second mount on the same etcd: another node's view, without another etcd.
# shellcheck shell=bash
#
# To be sourced after case.sh; $MNT_B, $PID_B.
#
#   start_second [ARG...]        starts it on $ENDPOINTS (else the case's own etcd), until it is usable
#   in_second 'SCRIPT' [ARG...]  as in_mount, on the second mount
#   end_second                   ends it and removes its directory; the end of the case does so as well
MNT_B=$MNT-b
PID_B=
export MNT_B

in_second() { MNT=$MNT_B in_mount "$@"; }

second_is_usable() { MNT=$MNT_B is_usable; }

# The first to end: without its etcd it would have something to say.
end_second() {
	[ -n "$PID_B" ] || return 0
	kill -TERM "$PID_B" 2>/dev/null || true
	wait_until "the end of the second etcdfs" is_gone "$PID_B"
	is_unmounted "$MNT_B" || die "the second mount is left"
	PID_B=
	rmdir "$MNT_B"
}
AT_END=(end_second "${AT_END[@]}")

start_second() {
	mkdir -m 0700 "$MNT_B"
	setsid "$ETCDFS" -f -o "endpoints=\"${ENDPOINTS:-unix://$RUN/client:0}\"" "$@" "$MNT_B" \
		>>"$LOG" 2>&1 </dev/null &
	PID_B=$!
	wait_until "the second mount" second_is_usable
}
