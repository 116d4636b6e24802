#!/bin/bash
# The filesystem process dies under locks: what their owners do by a path is refused until they give them up.
# Statements: 341, 413-415, 421, 431.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/successor.sh"
. "$TOP/tests/lib/second.sh"
. "$TOP/tests/lib/holder.sh"

allow_log "filesystem"
start_mount
start_second
start_holder other "$MNT_B"
start_holder beside "$MNT"

# is_fenced FILE: whoever tries, by whatever path, on this mount; reads, other files and other mounts go on.
is_fenced() {
	does beside EIO put "$1" lost
	does beside EIO open writer "$1" WRONLY
	does beside EIO rename "$1" "$1.new"
	does beside EIO unlink "$1"
	does beside ok open reader "$1" RDONLY
	does beside ok close reader
	does beside ok put "$1.other" new
	does other ok put "$1" theirs
}
is_free() {
	does beside ok put "$1" free
	equal "$1" free "$(value_of "$1")"
}

# --- A lock by each of some holders, and how it is given up after two deaths ---
LONG=$(printf 'long/%.0s' {1..60})file # its key is longer than most
HOW=(
	"a flock-unlock RDWR lock ESTALE unlock"
	"b flock-close RDONLY lock ok close"
	"c flock-killed RDWR lock killed"
	"d fcntl-unlock RDWR fcntl ESTALE unfcntl"
	"e fcntl-close RDWR fcntl ESTALE close"
	"f fcntl-killed RDWR fcntl killed"
	"g $LONG RDWR lock ESTALE close"
)
in_mount 'mkdir -p "${1%/*}"' "$LONG"
for how in "${HOW[@]}"; do
	read -r name file flags lock _ <<<"$how"
	in_mount 'echo old >"$1"; echo old >"$1.other"' "$file"
	start_holder "$name" "$MNT"
	does "$name" ok open fd "$file" "$flags"
	does "$name" ok "$lock" fd
	[ "$flags" = RDONLY ] || does "$name" ok write fd lost
done
replace_filesystem
replace_filesystem
for how in "${HOW[@]}"; do
	read -r name file _ _ answer step <<<"$how"
	is_fenced "$file"
	# Another's lock is no way to give it up, but it fences by itself.
	does beside ok open fd "$file" RDONLY
	does beside ok lock fd
	does beside ok put "$file" newer
	does beside ok unlock fd
	does beside ok close fd
	is_fenced "$file"
	case $answer in
	killed) kill_holder "$name" ;;
	*) does "$name" "$answer" "$step" fd ;;
	esac
	is_free "$file"
	is_gone "${HOLDERS[$name]}" || end_holder "$name"
	is_free "$file"
done
equal "no lock is left" "" "$(keys .etcd/)"

# --- What COMMAND of `flock FILE COMMAND` does, and what is below a directory; many locks ---
mkfifo "$DIR/go.file" "$DIR/go.below"
in_mount 'mkdir d; echo old >file; echo old >d/below'
command() { # LOCK FILE
	in_mount 'flock "$1" bash -c "echo >$DIR/held.$2; read -r <$DIR/go.$2; echo lost >\$1" sh "$3"' \
		"$1" "${2##*/}" "$2" >"$DIR/said.${2##*/}" 2>&1 &
	COMMANDS+=($!)
	wait_until "the lock of $1" test -e "$DIR/held.${2##*/}"
}
command file file
command d/.etcd/lock d/below
start_holder many "$MNT"
in_mount 'for i in {1..100}; do echo old >many-$i; done'
for i in {1..100}; do
	does many ok open $i many-$i RDWR
	does many ok lock $i
done
for i in {1..100..3}; do
	does many ok unlock $i
done
replace_filesystem
for file in file d/below; do
	echo >"$DIR/go.${file##*/}"
done
wait "${COMMANDS[@]}" || true
for file in file d/below; do
	check "$file: it is told" grep -qiE "input/output error" "$DIR/said.${file##*/}"
	equal "$file: nothing has landed" old "$(value_of $file)"
	is_free $file
done
for i in {1..100}; do
	expected=EIO
	[ $((i % 3)) != 1 ] || expected=ok
	does beside $expected put many-$i new
done
end_holder many
check "all are free" in_mount 'for i in {1..100}; do echo new >many-$i || exit; done'

# --- Not of a mount that has ended ---
start_holder a "$MNT"
does a ok open fd file RDWR
does a ok lock fd
end_holder beside
end_holder other
end_second
limit umount -l "$MNT"
check "the end" ended
end_holder a
start_mount
check "the next one is free" in_mount 'echo free >file'
