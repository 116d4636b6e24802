#!/bin/bash
# sqlite writes one database from three mounts, by its own locks: no transaction is lost.
# Statements: 252, 395, 397, 400.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/locks.sh"
TIMES=${TIMES:-5}

requires "no sqlite3 module for Python" python3 -c 'import sqlite3'
start_mount
start_beside 2
cat >"$DIR/rows.py" <<'EOP'
import sqlite3, sys
path, who, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
database = sqlite3.connect(path, timeout=60, isolation_level=None)
database.execute("create table if not exists t (who, n integer)")
for n in range(times):
    database.execute("begin immediate")
    most = database.execute("select count(*) from t").fetchone()[0]
    database.execute("insert into t values (?, ?)", (who, most))
    database.execute("commit")
database.close()
EOP
in_mount "python3 $DIR/rows.py db first 1"
WRITERS=()
for i in 0 1 2; do
	in_beside $i "python3 $DIR/rows.py db mount-$i $TIMES" &
	WRITERS+=($!)
done
for pid in "${WRITERS[@]}"; do
	wait "$pid" || die "a writer has ended with status $?"
done
for i in 0 1 2; do
	# shellcheck disable=SC2016
	equal "all rows, each once, on mount $i" "ok $((3 * TIMES + 1)) $((3 * TIMES + 1))" \
		"$(in_beside $i 'python3 -c "
import sqlite3
database = sqlite3.connect(\"db\")
print(database.execute(\"pragma integrity_check\").fetchone()[0],
      *database.execute(\"select count(*), count(distinct n) from t\").fetchone())"')"
done
