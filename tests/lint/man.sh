#!/bin/bash
# Neither man, groff nor mandoc warns of anything in a man page: man.sh PAGE...
set -euo pipefail

command -v man >/dev/null && command -v groff >/dev/null || { echo "skipped: no man or groff here"; exit 77; }
bad=0

# quiet COMMAND...: it must say nothing on stderr.
quiet() {
	local said
	said=$("$@" 2>&1 >/dev/null </dev/null) || said+=" (status $?)"
	[ -z "$said" ] || { echo "$*: $said"; bad=1; }
}

# The pages have the program's version and no date.
lint() {
	local said
	said=$(mandoc -T lint -W warning "$1" | grep -v 'missing date' || true)
	[ -z "$said" ] || { echo "$said"; bad=1; }
}

for page; do
	quiet env LC_ALL=C.UTF-8 MANROFFSEQ= MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$page"
	quiet groff -ww -man -Tutf8 -z "$page"
	! command -v mandoc >/dev/null || lint "$page"
done
exit "$bad"
