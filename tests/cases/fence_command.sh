#!/bin/bash
# What COMMAND of `flock FILE COMMAND` writes is fenced too, though it opens FILE itself, and only then.
# Statements: 413, 414.
. "$(dirname "$0")/../lib/case.sh"

start_mount
in_mount 'echo old >file; mkdir dir'
mkfifo "$DIR/go" "$DIR/told"
export GO=$DIR/go TOLD=$DIR/told
exec {TOLD_FD}<>"$TOLD"

# under FILE SCRIPT: SCRIPT runs with the lock of FILE, until it reads from $GO; what it says is in $DIR/said.
under() {
	in_mount 'flock "$1" bash -c "echo >\$TOLD; read -r <\$GO; $2"' "$1" "$2" >"$DIR/said" 2>&1 &
	COMMAND=$!
	read -r -t "$LIMIT" -u "$TOLD_FD" || die "$1 is not locked: $(cat "$DIR/said")"
}

lose() { ctl del --prefix .etcd/lock/ >/dev/null; }

# A read behind the loss has seen it.
go_on() {
	in_mount 'stat file >/dev/null'
	echo >"$DIR/go"
	wait "$COMMAND" || true
}

under file 'echo new >file'
go_on
equal "with the lock" new "$(value_of file)"

for script in 'echo lost >file' 'echo lost >>file' 'mv -f other file' 'rm file' 'truncate -s 0 file' \
	'sed -i s/old/lost/ file' 'cp /etc/hostname file'; do
	in_mount 'echo old >file; echo other >other'
	under file "$script"
	lose
	go_on
	equal "$script: it was refused" 1 "$(grep -c "Input/output error" "$DIR/said")"
	equal "$script: nothing has landed" old "$(value_of file)"
done

# With a directory's lock all that it does there.
under dir/.etcd/lock 'mkdir dir/a; echo x >dir/b; cp -r /etc/hostname dir/c; echo x >file'
lose
go_on
equal "below the directory" 3 "$(grep -c "Input/output error" "$DIR/said")"
equal "beside it" x "$(value_of file)"
equal "nothing has landed" dir/ "$(keys dir/)"

# When COMMAND has ended, all is as before, and nothing is left in etcd.
in_mount 'echo free >file; echo free >dir/f'
equal "no lock is left" "" "$(keys .etcd/)"
