# Makes the checks of POSIX's promises (tests/posix) on a mount, and on tmpfs as the reference.
# shellcheck shell=bash
#
#   judge_posix [ARG...]   makes all checks, on a mount with these options

requires "needs to become another user, and so root" test "$(id -u)" = 0

# Bigger than for one command: it is some thousand calls, on a machine that may be busy.
judge_posix() {
	mkdir "$DIR/reference"
	mount -t tmpfs tmpfs "$DIR/reference" 2>/dev/null || true # else what /tmp is
	start_mount -o allow_other,umask=022,timeout=30 "$@"
	check "the table" timeout -k 5 300 python3 "$TOP/tests/posix/run.py" \
		"$TOP/tests/posix/table" "$TOP/docs/posix.md" "$DIR/reference" "$MNT"
	rm -r "$DIR"/reference/* # sockets among them, which etcdfs has not left
	stop_mount
}
