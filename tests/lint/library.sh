#!/bin/bash
# The library of the cases does fail a case: each way in which one can go wrong is tried.
set -euo pipefail

lib=$(cd "$(dirname "${BASH_SOURCE[0]}")/../lib" && pwd -P)/case.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
bad=0

# ends STATUS REGEX WHAT SCRIPT: a case of SCRIPT ends with STATUS and says REGEX.
ends() {
	local status=0 said
	printf '#!/bin/bash\n. "%s"\n%s\n' "$lib" "$4" >"$dir/a_case.sh"
	said=$(ETCDFS=/bin/false timeout 30 bash "$dir/a_case.sh" 2>&1 </dev/null) || status=$?
	if [ "$status" = "$1" ] && grep -qE -- "$2" <<<"$said"; then
		return 0
	fi
	echo "$3: expected status $1 and /$2/, got status $status and: $said"
	bad=1
}

ends 0 '^$' "nothing wrong" 'equal x 1 1; check y true; fails z "no such" cat /no/such'
ends 77 'skipped: a reason' "a skip" 'requires "a reason" false'
ends 1 'ended at its start' "etcdfs that ends" 'start_mount'
ends 1 "expected '1', got '2'" "equal" 'equal x 1 2'
ends 1 'status 1: x=' "a failed assignment" 'x=$(false); echo "not reached"'
ends 3 'status 3' "a failed pipe" 'in_shell() { return 3; }; in_shell | cat'
ends 1 'succeeded' "fails, of what succeeds" 'fails x . true'
ends 1 'expected /zzz/' "fails, with other words" 'fails x zzz cat /no/such'
ends 1 'status 124' "fails, of what hangs" 'LIMIT=0.1; fails x . limit sleep 9'
ends 1 'left: [0-9]+ sleep' "a process left behind" 'LIMIT=1; (setsid sleep 50 &)'
ends 1 'socket is left' "a socket left behind" 'python3 -c "
import os, socket
socket.socket(socket.AF_UNIX).bind(os.environ[\"DIR\"] + \"/s\")"'
ends 1 'not announced: etcdfs: warning: x' "a warning" 'echo "etcdfs: warning: x" >"$LOG"'
ends 0 '^$' "an announced one" 'echo "etcdfs: warning: x" >"$LOG"; expect_log x'
ends 1 'expected in the log' "one that did not come" 'echo y >"$LOG"; expect_log x'
ends 1 'AddressSanitizer' "a sanitizer's report" 'echo "AddressSanitizer: x" >"$DIR/sanitizer.1"'
export WATCHDOG=1
ends 1 'not over within 1 s' "one that hangs" 'sleep 3'
exit "$bad"
