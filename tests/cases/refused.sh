#!/bin/bash
# A call that etcd has no place for is refused, a call that changes nothing is accepted, and no value is touched.
# Statements: 42, 43.
. "$(dirname "$0")/../lib/case.sh"

start_mount

in_mount 'echo value >key; mkdir dir'
before=$(in_mount 'getfattr --only-values -n user.etcd.mod_revision key')
fails "a hard link" "not permitted|not supported" in_mount 'ln key link'
fails "a device" "not permitted|not supported|permission" in_mount 'mknod device c 1 3'
check "chmod to what it is" in_mount 'chmod --reference=key key'
check "touch" in_mount 'touch key'
check "touch with a time" in_mount 'touch -d 2020-01-01 key'
check "chown to what it is" in_mount 'chown "$(id -u):$(id -g)" key'
equal "the revision of the value" "$before" "$(in_mount 'getfattr --only-values -n user.etcd.mod_revision key')"
equal "the value" value "$(in_mount 'cat key')"
check "test -w, -r" in_mount '[ -r key ] && [ -w key ] && [ -w dir ]'
equal "no exec" no "$(in_mount '[ -x key ] && echo yes || echo no')"
equal "one link" 1 "$(in_mount 'stat -c %h key')"
equal "owner" "$(id -u):$(id -g)" "$(in_mount 'stat -c %u:%g key')"
