#!/bin/bash
# A close publishes what was written exactly once; a close after no write publishes nothing.
# Statements: 7-9, 292.
. "$(dirname "$0")/../lib/case.sh"

start_mount

publishes 1 "a new key" 'echo 1 >key'
publishes 1 "overwriting" 'echo 2 >key'
publishes 1 "appending" 'echo 3 >>key'
publishes 1 "truncating" ': >key; cat key'
publishes 1 "one close after many writes" '{ echo 1; echo 2; echo 3; } >key'
publishes 1 "cp onto it" 'cp /etc/passwd key'
publishes 0 "reading" 'cat key >/dev/null; stat key >/dev/null; ls >/dev/null'
publishes 0 "opening to write, writing nothing" 'exec 3<>key; exec 3>&-'
publishes 0 "appending nothing" ': >>key'
publishes 1 "removing" 'rm key'
publishes 1 "a directory" 'mkdir dir'
publishes 1 "removing it" 'rmdir dir'

# An fsync publishes, and the close after it has nothing left to publish.
in_mount 'echo x >synced'
python='import os
fd = os.open("synced", os.O_WRONLY | os.O_TRUNC)
os.write(fd, b"one"); os.fsync(fd); os.close(fd)'
publishes 1 "write, fsync, close" "python3 -c '$python'"
equal "what was synced" one "$(value_of synced)"
python='import os
fd = os.open("synced", os.O_WRONLY | os.O_TRUNC)
os.write(fd, b"one"); os.fsync(fd); os.write(fd, b"two"); os.close(fd)'
publishes 2 "write, fsync, write, close" "python3 -c '$python'"
equal "what was written after" onetwo "$(value_of synced)"
