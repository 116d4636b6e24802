#!/bin/bash
# A lock that is lost lets no change of its holder land: the fence is in etcd, and what was open says EIO.
# Statements: 413-416, 420.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/second.sh"
. "$TOP/tests/lib/holder.sh"

expect_log "lease [0-9a-f]+ of this mount is gone"
start_mount
start_second
start_holder a "$MNT"
start_holder b "$MNT"     # on the same mount, not told of any lock
start_holder other "$MNT_B"

# The lease ends; or only the key is deleted.
revoke() { ctl lease revoke "$(lock_keys "$1" | sed -E 's|.*/([0-9a-f]+)\..*|\1|')" >/dev/null; }
delete() { ctl del -- "$(lock_keys "$1")" >/dev/null; }

# loses HOW FILE: until the mount knows of it.
loses() {
	[ -n "$(lock_keys "$2")" ] || die "$2 is not locked"
	"$1" "$2"
	wait_until "the loss is known" eval '[ -z "$(lock_keys "$1")" ]'
}

for how in revoke delete; do
	file=$how
	in_mount 'echo old >"$1"; echo old >"$1.other"' "$file"

	# Nothing is lost: all is as without a lock.
	does a ok open fd "$file" RDWR
	does a ENODATA attribute fd lock_key
	does a ok lock fd
	does a "$(lock_keys "$file")" attribute fd lock_key
	does a "$(ctl get -w fields -- "$(lock_keys "$file")" | sed -n 's/^"CreateRevision" : //p')" \
		attribute fd lock_revision
	does b ENODATA attribute_of_path "$file" lock_key
	does a ok write fd new
	does a ok sync fd
	equal "under the lock" new "$(value_of "$file")"
	does a 0 poll fd

	# What is written, and not published when the lock goes, never is.
	does a ok open second "$file" WRONLY TRUNC
	does a ok write second lost
	does a ok write fd lost
	does b ok open early "$file" RDONLY
	does b ok open idle "$file" RDWR
	begins a await fd
	before=$(value_of "$file")
	loses "$how" "$file"
	STEP="await a loss" answers a a # POLLERR and POLLPRI
	after=$(revision)
	does a EIO sync fd
	does a EIO write fd lost
	does a EIO truncate fd
	does a EIO read fd
	does a EIO close second
	does b EIO read early
	does b EIO write idle lost
	does b EIO sync idle

	# By a path, or a descriptor that was opened since: no change, but reads.
	does b EIO put "$file" lost
	does b EIO unlink "$file"
	does b EIO rename "$file" "$file.new"
	does b EIO rename "$file.other" "$file"
	does b EIO exchange "$file.other" "$file"
	does b EIO expect "$file" lost
	does b ok open late "$file" RDONLY
	does b "$before" read late
	does b ok close late

	# Others go on: other files, and other mounts, which may take the lock.
	does b ok put "$file.other" new
	equal "nothing has landed" $((after + 1)) "$(revision)"
	does other ok open fd "$file" RDWR
	does other ok lock fd nb
	does other ok write fd theirs
	does other ok unlock fd
	equal "the next holder's" theirs "$(value_of "$file")"
	after=$(revision)

	# The owner gives it up: what it lost is told once more, and then all is as before.
	does a EIO unlock fd
	does b theirs read early
	does b ok sync idle
	does b ok close idle
	does b ok close early
	does a theirs read fd
	does a ok sync fd
	equal "still nothing has landed" "$after" "$(revision)"
	does a ok lock fd nb
	does a ok write fd again.
	does a ok unlock fd
	equal "under the next lock" again. "$(value_of "$file")"

	# With nothing unpublished the unlock has nothing to tell; a close ends it as well.
	does a ok lock fd
	loses "$how" "$file"
	wait_until "it is told" polls a fd
	does a ok unlock fd
	does a ok put "$file" next
	does a ok lock fd
	does a ok write fd lost
	loses "$how" "$file"
	does a EIO close fd
	does a ok put "$file" last
	does other ok close fd
	equal "at the end" last "$(value_of "$file")"
done

# A newer lock on this mount: its holder goes on, and is fenced by its own.
in_mount 'echo old >both'
does a ok open fd both RDWR
does a ok lock fd
loses delete both
wait_until "it is told" polls a fd
does b ok open fd both RDONLY
does b ok lock fd nb
does b ok put both newer
does a EIO write fd lost
loses delete both
wait_until "it is told" polls b fd
does b EIO put both lost
does b ok unlock fd
does b EIO put both lost # the first one is not given up
does a ok unlock fd
does b ok put both free

# fcntl(2): the first close of the process ends it.
does a ok fcntl fd
does a ok write fd lost
loses delete both
does a EIO sync fd
does a EIO close fd
does a ok put both end

# The holder is killed: nothing is left of it, neither its edits nor the state.
does a ok open fd both RDWR
does a ok lock fd
does a ok write fd lost
loses revoke both
kill_holder a
does b ok put both living
equal "nothing of the dead" living "$(value_of both)"
end_holder b
end_holder other
