#!/bin/bash
# Directories are made, kept when empty, and removed only when they are empty.
# Statements: 19-21.
. "$(dirname "$0")/../lib/case.sh"

start_mount

in_mount 'mkdir -p a/b/c'
check "mkdir -p" in_mount 'test -d a/b/c'
check "again" in_mount 'mkdir -p a/b/c'
fails "a directory that is there" "File exists" in_mount 'mkdir a/b'
fails "not empty" "not empty" in_mount 'rmdir a'
in_mount 'echo x >a/b/c/file'
fails "not empty with a file" "not empty" in_mount 'rmdir a/b/c'
fails "rm of a directory" "directory" in_mount 'rm a'
fails "rmdir of a file" "Not a directory" in_mount 'rmdir a/b/c/file'
fails "below a file" "Not a directory" in_mount 'cat a/b/c/file/x'
fails "mkdir below nothing" "No such file" in_mount 'mkdir nothing/x'

in_mount 'rm a/b/c/file'
check "its last file removed, the directory stays" in_mount 'test -d a/b/c'
equal "empty" "" "$(in_mount 'ls -A a/b/c')"
in_mount 'rmdir a/b/c a/b a'
fails "removed" "No such file" in_mount 'ls a'
equal "no key is left" "" "$(keys)"

# Made by a key alone, without a marker: its last file's end is not its own here.
ctl put lone/key x >/dev/null
in_mount 'rm lone/key'
check "the directory of a key that was put elsewhere" in_mount 'test -d lone'
in_mount 'rmdir lone'

in_mount 'mkdir kept; mkdir -p tree/x/y; echo 1 >tree/x/1; echo 2 >tree/x/y/2'
equal "rm -r" "" "$(in_mount 'rm -r tree; ls tree 2>/dev/null || true')"
equal "find" "./kept" "$(in_mount 'find . -mindepth 1 ! -name .role')"
equal "links of a directory are no riddle to find" "" "$(in_mount 'mkdir -p kept/sub; find kept -name nothing')"
in_mount 'rmdir kept/sub'
stop_mount
start_mount
check "an empty directory survives" in_mount 'test -d kept'
