# The kernel holds the invalidation thread of a filesystem process (consistency=cached).
# shellcheck shell=bash
#
# To be sourced after case.sh, for a mount with dir/key-1.
#
#   hold_up NAME   makes it wait for the lock of dir, in which a mkdir waits for etcd, which stands still from
#                  then on; $STUCK, the pid of the mkdir, $DIR/stuck, its words. Each NAME once
#   has_ended PID  is not even a zombie left, with a thread of it?

has_ended() { [ ! -e "/proc/$1" ]; }
in_the_kernel() { grep -q '^State:.D' /proc/"$(fs_pid)"/task/*/status; }

waits_in() {
	local pid
	pid=$(pgrep -fx "mkdir $1") && grep -q '^State:.[SD]' "/proc/$pid/status"
}

hold_up() {
	local filesystem etcd try end
	filesystem=$(fs_pid)
	etcd=$(etcd_pid)
	for try in {1..10}; do
		in_mount 'stat dir/key-1' >/dev/null
		freeze "$filesystem"
		limit mkdir "$MNT/dir/stuck-$1-$try" &>"$DIR/stuck" &
		STUCK=$!
		wait_until "the request" waits_in "$MNT/dir/stuck-$1-$try"
		ctl put "dir/held-up-$1-$try" x >/dev/null
		freeze "$etcd"
		kill -CONT "$filesystem"
		end=$((SECONDS + 5))
		while [ "$SECONDS" -lt "$end" ]; do
			! in_the_kernel || return 0
		done
		kill -CONT "$etcd" # what is read was not there yet: again
		wait_until "the mount to work" in_mount 'echo x >after'
	done
	die "the thread never waited"
}
