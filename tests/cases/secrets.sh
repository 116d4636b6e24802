#!/bin/bash
# Values are in no command line, in no log and in no core file, etcd's included.
# Statements: 141, 334.
. "$(dirname "$0")/../lib/case.sh"

allow_log "."
ulimit -c unlimited 2>/dev/null || ulimit -c "$(ulimit -Hc)"
secret=s3cr3t-$RANDOM$RANDOM
mkdir "$DIR/cores"
export GOTRACEBACK=crash # a Go program that crashes wants to leave a core
# A sanitizer that caught the signals would end the process in its own way.
ASAN_OPTIONS+=:handle_segv=0:handle_abort=0

# Does this machine write core files at all, where they are looked for?
(cd "$DIR/cores" && bash -c 'kill -SEGV $$') 2>/dev/null || true
cores() { find "$DIR" "$RUN" -type f -name 'core*' 2>/dev/null || true; }
dumps=$(cores)
cd "$DIR/cores"
start_mount -d
in_mount 'echo "$1" >key; echo "$1" >>key; grep -q "$1" key; mv key key2
	setfattr -n "user.etcd.expect.$(getfattr --only-values -n user.etcd.mod_revision key2)" -v "$1" key2
	grep -q "$1" key2' "$secret"

grep -q "FUSE\|unique" "$LOG" || die "no trace in the log of -d"
equal "in the log" 0 "$(grep -c "$secret" "$LOG" || true)"
for pid in "$PID" $(pgrep -P "$PID") $(pgrep -P "$(fs_pid)"); do
	! grep -q "$secret" "/proc/$pid/cmdline" || die "in the command line of $pid: $(describe "$pid")"
done

# Each is a program of its own: what was only forked (PF_FORKNOEXEC) has the memory of who forked it, with
# the locks that its threads, those that resolve names for one, held in that moment.
forked() { [ $(($(sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 7) & 0x40)) != 0 ]; }
for pid in $(pgrep -P "$PID") $(pgrep -P "$(fs_pid)"); do
	! forked "$pid" || die "forked, and not executed anew: $(describe "$pid")"
done

# Nobody but root may look into the memory, and neither does the kernel.
fs=$(fs_pid)
etcd=$(etcd_pid)
for pid in "$PID" "$fs"; do
	equal "the owner of /proc/$pid/mem" 0 "$(stat -c %u "/proc/$pid/mem")"
done
equal "etcd's core limit" "0 0" "$(awk '/^Max core/ { print $5, $6 }' "/proc/$etcd/limits")"
if [ -n "$dumps" ]; then
	kill -SEGV "$fs"
	wait_until "the obituary" grep -q "filesystem process killed by signal 11" "$LOG"
	kill -ABRT "$etcd"
	wait_until "etcd's obituary" grep -qE "etcd (killed by|ended with)" "$LOG"
	equal "core dumped" 0 "$(grep -c "core dumped" "$LOG" || true)"
	equal "core files" "$dumps" "$(cores)"
	wait_until "it works again" is_usable
fi
equal "in the log" 0 "$(grep -c "$secret" "$LOG" || true)"
