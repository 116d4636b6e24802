#!/bin/bash
# The time of a file is when its value was seen, or what utimens has set until the value changes; a rename keeps it.
# Statements: 43, 245, 246, 247, 468.
. "$(dirname "$0")/../lib/case.sh"

start_mount

mtime() { in_mount 'stat -c %y -- "$1"' "$1" | cut -c 1-19; }
version() { in_mount 'getfattr --only-values -n user.etcd.version -- "$1"' "$1"; }
long_ago="2001-02-03 04:05:06"
export long_ago

# set FILE: has it the time that was set, and the value not been touched?
holds() { equal "$1: the time" "$long_ago" "$(mtime "$2")"; }
over() { [ "$(mtime "$2")" != "$long_ago" ] || die "$1: the time of $2 still holds"; }

in_mount 'echo 1 >key; mkdir dir; echo 1 >dir/key'
before=$(version key)
in_mount 'touch -d "$long_ago" key dir'
holds "touch" key
holds "touch of a directory" dir
in_mount 'touch -d "2002-03-04" -a key'
holds "the other time alone" key
equal "which is kept too" 2002-03-04 "$(in_mount 'stat -c %x key' | cut -c 1-10)"
in_mount 'chmod 600 key; chown "$(id -u)" key'
holds "chmod and chown" key
equal "the version" "$before" "$(version key)"
equal "the value" 1 "$(in_mount 'cat key')"

# Until the value changes, here or elsewhere.
in_mount 'echo 2 >dir/key'
holds "a value in a directory" dir
in_mount 'echo 1 >dir/more'
over "a name in a directory" dir
in_mount 'echo more >>key'
over "a write" key
for change in 'ctl put key elsewhere' 'in_mount "echo 1 >key"' 'in_mount "truncate -s 9 key"'; do
	in_mount 'touch -d "$long_ago" key'
	holds "before $change" key
	eval "$change" >/dev/null
	over "$change" key
done

# While it is open: the times are those of what the close publishes, unless more is written.
in_mount 'exec 3>open; echo 1 >&3; touch -d "$long_ago" open; exec 3>&-'
holds "set before close" open
in_mount 'exec 3>open; echo 1 >&3; touch -d "$long_ago" open; echo 2 >&3; exec 3>&-'
over "written after it was set" open
in_mount 'exec 3>open; touch -d "$long_ago" open; exec 3>&-; cat open'
holds "set on what was truncated" open

# A rename keeps them, over another file and into another directory.
in_mount 'touch -d "$long_ago" key; mv key moved; echo 1 >dir/there; mv moved dir/there'
holds "mv" dir/there
in_mount 'echo 1 >seen; stat -c %y seen >$DIR/seen; mv seen seen.moved'
equal "mv of a file whose time was not set" "$(cat "$DIR/seen")" "$(in_mount 'stat -c %y seen.moved')"
version=$(version dir/there)
in_mount 'touch dir/there'
over "touch" dir/there
equal "touch: the version" "$version" "$(version dir/there)"

# (A loaded machine's etcd may be late, and then it does.)
keeps() { [ "$(in_mount 'stat -c %y .role')" = "$(in_mount 'sleep 0.1; stat -c %y .role')" ]; }
wait_until "the time of .role, where it does not change" keeps

# Another mount of the same keys, which is what the next start of this one is: set times stay, and of
# two other files the one that was written later is the newer.
in_mount 'echo 1 >z; echo 1 >m; echo 1 >a; echo 2 >z; touch -d "$long_ago" set'
order() { in_mount 'ls -tr a m z | paste -sd " "'; }
newer() { in_mount '[ m -nt set ] && [ a -nt m ] && [ z -nt a ]'; }
process=$(fs_pid)
expect_log "filesystem|mount"
kill -KILL "$process"
wait_until "another filesystem process" eval '[ "$(fs_pid)" != "$process" ] && is_usable'
equal "the order after a crash" "m a z" "$(order)"
check "the newer" newer
stop_mount umount
start_mount
holds "the next mount" set
equal "the order after a start" "m a z" "$(order)"
check "the newer" newer
