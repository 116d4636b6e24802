#!/bin/bash
# Where etcdfs does not see the caller, since it runs in another pid namespace, the caller reads what it has written.
# Statements: 2, 5, 273, 277.
. "$(dirname "$0")/../lib/case.sh"
requires "needs a pid namespace, and so root" unshare --pid --fork true
# The leak sanitizer looks into /proc, which is that of another namespace.
ASAN_OPTIONS+=:detect_leaks=0

cat >"$DIR/apart" <<EOT
#!/bin/bash
exec unshare --pid --fork --kill-child "$ETCDFS" "\$@"
EOT
chmod +x "$DIR/apart"
ETCDFS=$DIR/apart
start_mount

cat >"$DIR/writes.py" <<'PYTHON'
import os
from own import *

with open("key", "w") as file:
    file.write("old\n")
early = os.open("key", os.O_RDONLY)
writer = os.open("key", os.O_RDWR)
os.pwrite(writer, b"OL", 0)
equal("the writer", b"OLd\n", os.pread(writer, 9, 0))
equal("another descriptor", "OLd\n", read())
equal("in another thread", "OLd\n", in_thread(read))
equal("one that was there", b"OLd\n", os.read(early, 9))
os.pwrite(writer, b"D", 2)
equal("again from the start", b"OLD\n", os.pread(early, 9, 0))
equal("another process", "old\n", others())
second = os.open("key", os.O_RDWR | os.O_APPEND)
os.write(second, b"end\n")
equal("both", "OLD\nend\n", read())
equal("another process, of both", "old\n", others())
os.close(second)
os.close(writer)
equal("another process, published", "OLD\nend\n", others())

with open("new", "w") as file:
    file.write("1\n")
    file.flush()
    follower = os.open("new", os.O_RDONLY)
    equal("the follower", b"1\n", os.read(follower, 9))
    file.write("2\n")
    file.flush()
    equal("the follower, of what came", b"2\n", os.read(follower, 9))
    child = os.fork()
    if child == 0:
        os._exit(0 if read("new") == "" else 1)
    equal("the child", 0, os.waitpid(child, 0)[1])
PYTHON
PYTHONPATH=$TOP/tests/lib in_mount 'python3 -B "$DIR/writes.py"'
equal "what etcd has" "OLD end" "$(value_of key | paste -sd ' ')"

# A path from there: it is seen that it is gone, also while somebody has it open.
in_mount 'mkdir d; echo x >d/f; exec 9<d; rm -r d; ! stat d 2>/dev/null && mkdir d && stat d >/dev/null'
stop_mount umount
