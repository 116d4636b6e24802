# A filesystem process that takes the mount over from one that was killed.
# shellcheck shell=bash
#
# To be sourced after case.sh.
#
#   replace_filesystem   kills the process, and waits until another one serves
#   another_serves PID   does a process other than PID serve?

# Linux 6.9 and later send again what was under way; 6.16 and later forget names in consistency=cached.
passes_on() {
	local major minor
	IFS=.- read -r major minor _ < <(uname -r)
	[ "$((major * 100 + minor))" -ge "$1" ]
}

requires "needs Linux 6.16, to pass a mount on" passes_on 616

another_serves() { [ -n "$(fs_pid)" ] && [ "$(fs_pid)" != "$1" ] && in_mount 'stat .'; }

replace_filesystem() {
	local old
	old=$(fs_pid)
	kill -KILL "$old"
	wait_until "a successor" another_serves "$old"
}

# mount_of DIR: the device and the id of the mount there.
mount_of() { awk -v at="$1" '$5 == at { print $1, $3 }' /proc/self/mountinfo; }
