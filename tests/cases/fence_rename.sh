#!/bin/bash
# A locked file that is renamed or removed by its holder's mount: the fence goes by the name that was locked.
# Statements: 413, 414.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/holder.sh"

start_mount
start_holder a "$MNT"
start_holder b "$MNT"
lose() {
	ctl del --prefix .etcd/lock/ >/dev/null
	wait_until "it is told" polls a fd
}

# Under the lock everything is done.
in_mount 'echo old >f; echo old >g; mkdir -p d/e; echo old >d/e/f'
does a ok open fd f RDWR
does a ok lock fd
does b ok rename f moved
does b ok put f new
does b ok exchange f g
does b ok unlink f
does b ok put f again
does a ok unlock fd
does a ok close fd

# It is renamed with its directory, and so are the changes that are refused.
does a ok open fd d/e/f RDWR
does a ok lock fd
does b ok rename d/e d/moved
does b ok rename d/moved d/e
lose
before=$(revision)
does b EIO rename d/e d/moved
does b EIO rename d moved.d
does b EIO exchange d/e/f g
does b EIO rename g d/e/f
does b EIO unlink d/e/f
equal "none is done" "$before" "$(revision)"
does a ok unlock fd
does b ok rename d/e d/moved
does a ok close fd

# What is open is the file that was locked, under whatever name.
does a ok open fd g RDWR
does a ok lock fd
does b ok rename g h
does a ok write fd lost
does b ok open early h RDWR
does b ok write early lost
lose
does a EIO sync fd
does b EIO close early
does a EIO unlock fd
does a ok close fd
[ "$(value_of h)" != lost ] || die "it has landed under the new name"

# A file that somebody removes while it is locked, and makes again.
does a ok open fd f RDWR
does a ok lock fd
ctl del f >/dev/null
ctl put f theirs >/dev/null
does b ok put f ours
lose
does b EIO put f lost
does a ok unlock fd
end_holder a
end_holder b
