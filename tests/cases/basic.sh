#!/bin/bash
# A key is a file of exactly its bytes: nothing is added, trimmed or translated.
# Statements: 1, 6.
. "$(dirname "$0")/../lib/case.sh"

start_mount

equal "echo, cat" world "$(in_mount 'echo world >hello; cat hello')"
equal "echo puts its newline" "776f726c640a" "$(value_of hello | od -An -tx1 | tr -d ' \n')"
in_mount 'printf world >bare'
equal "printf puts none" "776f726c64" "$(value_of bare | od -An -tx1 | tr -d ' \n')"
equal "size" 5 "$(in_mount 'stat -c %s bare')"

in_mount 'echo two >>hello; echo three >>hello'
equal "append" "world two three" "$(in_mount 'cat hello' | paste -sd ' ')"

in_mount ': >empty'
equal "an empty value's size" 0 "$(in_mount 'stat -c %s empty')"
equal "an empty value is a key" empty "$(keys empty)"
in_mount ': >hello'
equal "emptied" 0 "$(in_mount 'wc -c <hello')"

in_mount 'head -c 70000 /dev/urandom >$DIR/random; printf "a\0b\n\xff" >>$DIR/random; cp $DIR/random binary'
check "binary through the mount" in_mount 'cmp $DIR/random binary'
value_of binary >"$DIR/seen"
check "binary through etcd" cmp "$DIR/random" "$DIR/seen"

in_mount 'printf aaaa >d; printf XX | dd of=d bs=1 seek=1 conv=notrunc status=none'
equal "written within" aXXa "$(in_mount 'cat d')"
in_mount 'printf x | dd of=hole bs=1 seek=3 status=none'
equal "a hole reads as zeroes" "00000078" "$(value_of hole | od -An -tx1 | tr -d ' \n')"
equal "truncate to less" ab "$(in_mount 'printf abcdef >t; truncate -s 2 t; cat t')"
equal "truncate to more" "61620000" "$(in_mount 'truncate -s 4 t; od -An -tx1 t | tr -d " \n"')"

fails "a file that is not there" "No such file" in_mount 'cat nothing'
in_mount 'rm hello'
fails "a removed file" "No such file" in_mount 'cat hello'
equal "a removed key" "" "$(keys hello)"
stop_mount
