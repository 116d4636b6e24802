#!/bin/bash
# dd with blocks of any size, in the middle, at the end, past the end, with direct I/O.
# Statements: 7, 12, 15, 253.
. "$(dirname "$0")/../lib/case.sh"

start_mount

seq 2000 >"$DIR/input"
export input=$DIR/input
# on WHAT ARG...: the same dd on the mount and on a disk (which is particular about O_DIRECT) gives the
# same bytes.
on() {
	local what=$1
	shift
	dd "${@/oflag=direct/oflag=nonblock}" of="$DIR/file" status=none 2>/dev/null
	check "$what" in_mount 'dd "$@" of=file status=none 2>/dev/null' "$@"
	check "$what: the bytes" limit cmp "$DIR/file" "$MNT/file"
	equal "$what: in etcd" "$(sha256sum <"$DIR/file")" "$(value_of file | sha256sum)"
}

on "bs=7" if="$input" bs=7
on "obs=13" if="$input" ibs=5 obs=13
on "notrunc, shorter" if="$input" bs=7 count=3 conv=notrunc
on "in the middle" if="$input" bs=11 seek=31 skip=5 count=9 conv=notrunc
on "past the end, with a hole" if="$input" bs=3 seek=5000 count=2 conv=notrunc
on "seek, and what is behind is cut" if="$input" bs=9 seek=100 count=1
on "append" if="$input" bs=1000 oflag=append conv=notrunc
on "append again" if="$input" bs=17 count=2 oflag=append conv=notrunc
on "direct" if="$input" bs=4096 oflag=direct
on "sync" if="$input" bs=1000 oflag=sync
on "dsync" if="$input" bs=1001 oflag=dsync count=3
on "fsync" if="$input" bs=500 conv=fsync
on "fdatasync, nonblock" if="$input" bs=500 conv=fdatasync oflag=nonblock
on "sparse" if=/dev/zero bs=512 count=9 conv=sparse
on "swab" if="$input" conv=swab
on "nothing but a length" if=/dev/null bs=1 seek=777
on "nothing" if=/dev/null

# From the mount: odd blocks, from the middle, with direct I/O, which asks for no alignment.
in_mount 'dd if=$input of=file status=none'
for flags in bs=7 "bs=100 skip=3 count=5" "bs=4096 iflag=direct" "bs=513 iflag=direct skip=1" \
	"bs=1000 iflag=fullblock,nonblock" "bs=1 count=1 skip=8000" "bs=1 skip=99999"; do
	# shellcheck disable=SC2086
	equal "$flags" "$(dd if="$input" ${flags/iflag=direct/iflag=nonblock} status=none 2>/dev/null | sha256sum)" \
		"$(in_mount 'dd if=file "$@" status=none 2>/dev/null | sha256sum' $flags)"
done

# One revision for a whole dd.
in_mount 'echo old >file'
publishes 1 "many small blocks" 'dd if=$input of=file bs=7 status=none conv=notrunc'

fails "excl" "File exists" in_mount 'dd if=$input of=file conv=excl'
fails "nocreat" "No such file" in_mount 'dd if=$input of=none conv=nocreat'
before=$(value_of file | sha256sum)
fails "too big" "too large" in_mount 'dd if=/dev/zero of=file bs=64k count=32'
fails "too far" "too large" in_mount 'dd if=$input of=file bs=1 count=1 seek=2M conv=notrunc'
equal "the value stays" "$before" "$(value_of file | sha256sum)"
