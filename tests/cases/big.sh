#!/bin/bash
# A big value is whole; a write over the limit is EFBIG, and the old value stays.
# Statements: 2, 12.
. "$(dirname "$0")/../lib/case.sh"

start_mount

in_mount 'head -c 1000000 /dev/urandom >$DIR/big; cp $DIR/big big; cmp $DIR/big big'
value_of big >"$DIR/seen"
check "a megabyte through etcd" cmp "$DIR/big" "$DIR/seen"
in_mount 'echo old >limit'
python='import errno, os, sys
fd = os.open("limit", os.O_WRONLY | os.O_TRUNC)
written = 0
try:
    while written < 8 << 20:
        written += os.write(fd, b"x" * 65536)
except OSError as error:
    sys.exit(0 if error.errno == errno.EFBIG else str(error))
sys.exit("8 MiB were taken")'
check "EFBIG in write" in_mount 'python3 -c "$1"' "$python"
fails "far beyond the limit at once" "too large" in_mount 'printf x | dd of=limit bs=1 seek=100000000 conv=notrunc'
fails "truncate beyond the limit" "too large" in_mount 'truncate -s 100M limit'
python='import os
fd = os.open("limit", os.O_RDWR)
try:
    os.pwrite(fd, b"x", 64 << 20)
except OSError:
    pass
os.close(fd)'
publishes 0 "a refused write" "python3 -c '$python'"
in_mount 'echo old >limit'
head -c 3000000 /dev/zero >"$DIR/zero"
fails "too much in one write" "too large" in_mount 'dd if=$DIR/zero of=limit bs=4M conv=notrunc'
equal "the old value's size" 4 "$(value_of limit | wc -c)"
equal "in the mount too" old "$(in_mount 'head -c 100 limit')"
fails "cat of too much" "too large" in_mount 'cat $DIR/zero >limit'
equal "the old value's size after cat" 4 "$(value_of limit | wc -c)"
fails "cp of too much" "too large" in_mount 'cp $DIR/zero limit'
equal "the old value's size after cp" 4 "$(value_of limit | wc -c)"

# The greatest value is one that etcd takes with its key and the rest of the request.
greatest=$((1572864 - 16384))
in_mount 'head -c "$1" /dev/zero >greatest' "$greatest"
equal "the greatest" "$greatest" "$(in_mount 'stat -c %s greatest')"
fails "a byte more" "too large" in_mount 'head -c "$1" /dev/zero >greatest' $((greatest + 1))
