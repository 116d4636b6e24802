#!/bin/bash
# Faults of other filesystems on a key-value store that no other case is about: docs/pitfalls.md.
# Statements: 1, 3, 4, 6, 7, 10, 12, 13, 22, 30, 31, 72.
. "$(dirname "$0")/../lib/case.sh"

start_mount
python() { in_mount 'python3 -c "$1"' "$1"; }

# 1, 2: a key beside its directory, and neighbours that only begin alike; rm -r takes neither.
for key in foo foo/bar foo-bar foo.txt foobar foo0; do
	ctl put "$key" "$key" >/dev/null
done
equal "all are there" "foo foo-bar foo.txt foo0 foobar" "$(in_mount 'LC_ALL=C ls' | paste -sd ' ')"
equal "the directory's own" foo "$(in_mount 'cat foo/%value')"
in_mount 'rm -r foo'
equal "the neighbours" "foo-bar foo.txt foo0 foobar" "$(keys | LC_ALL=C sort | paste -sd ' ')"

# 6: a truncation is nobody else's before the close.
ctl put cut 'old value' >/dev/null
python "import os, sys
sys.path.insert(0, '$TOP/tests/lib')
from files import get
fd = os.open('cut', os.O_WRONLY | os.O_TRUNC)
other = get('cut')
os.write(fd, b'new')
assert (other, get('cut')) == (b'old value', b'old value'), other
os.close(fd)
assert get('cut') == b'new'"

# 8: what cannot be published is the error of the close, for who asks; nothing is made of it.
ctl put gone x >/dev/null
python "import errno, os, sys
sys.path.insert(0, '$TOP/tests/lib')
import kv
fd = os.open('gone', os.O_WRONLY)
os.write(fd, b'more')
kv.KV('$RUN').delete('gone')
try:
    os.close(fd)
except OSError as error:
    assert error.errno == errno.ESTALE, error
else:
    raise SystemExit('the close says nothing')"
equal "it stays gone" "" "$(ctl get --keys-only gone)"

# 9: a thousand writes are one transaction.
in_mount 'echo x >stream'
publishes 1 "a thousand writes" "python3 -c 'import os
fd = os.open(\"stream\", os.O_WRONLY | os.O_TRUNC)
for i in range(1000): os.write(fd, b\"line\\n\")
os.close(fd)'"
equal "all of them" 5000 "$(value_of stream | wc -c)"

# 12: the size is the value's, at once, and an append goes to where the value ends.
ctl put size 12345 >/dev/null
equal "the size" 5 "$(in_mount 'stat -c %s size')"
ctl put size 1234567890 >/dev/null
equal "the new size" 10 "$(in_mount 'stat -c %s size')"
equal "all of it" 1234567890 "$(in_mount 'cat size')"
in_mount 'printf x >>size'
equal "appended" 1234567890x "$(value_of size)"

# 13: reading behind the end, the last bytes, and a hole.
equal "the last bytes" 90x "$(in_mount 'tail -c 3 size')"
equal "behind the end" "" "$(in_mount 'dd if=size bs=1 skip=1000 count=10 2>/dev/null')"
python 'import os
fd = os.open("hole", os.O_RDWR | os.O_CREAT)
assert os.pread(fd, 10, 1 << 40) == b""
os.pwrite(fd, b"end", 5)
assert os.pread(fd, 100, 0) == b"\0" * 5 + b"end"
assert os.pread(fd, 100, 6) == b"nd"
os.close(fd)
assert open("hole", "rb").read() == b"\0" * 5 + b"end"'

# 15: a directory of more names than a page of anything has.
python3 - "$RUN" <<-END
	import sys
	sys.path.insert(0, "$TOP/tests/lib")
	import kv
	etcd = kv.KV(sys.argv[1])
	for i in range(0, 1500, 100):
	    etcd.txn([(f"many/{j}", "") for j in range(i, i + 100)])
END
equal "all names" 1500 "$(in_mount 'ls -U many | sort -u | wc -l')"

# 24: a name that is deleted and made again is another file; until then it is the same.
ctl put again 1 >/dev/null
before=$(in_mount 'stat -c %i again')
ctl put again 2 >/dev/null
equal "another value" "$before" "$(in_mount 'stat -c %i again')"
ctl del again >/dev/null
ctl put again 2 >/dev/null
[ "$(in_mount 'stat -c %i again')" != "$before" ] || die "another file has the number of the one before"

# 26: readers of a special file have each their own text and position. (While etcd is late with an
# answer the text is another one.)
python 'import os
def role(): return open(".role", "rb").read()
while True:
    before = role()
    a, b = (os.open(".role", os.O_RDONLY) for _ in "ab")
    seen = os.read(a, 3), os.read(b, 100), os.read(a, 100), os.stat(".role").st_size
    if before == role() == b"leader\n": break
assert seen == (b"lea", b"leader\n", b"der\n", 7), seen'
tail_of_role() { [ "$(in_mount 'tail -n 1 .role')" = leader ]; }
wait_until "less and tail look at the size" tail_of_role

# 27: neither a newline nor a NUL is added or lost.
for value in 'no newline' $'newline\n' 'n\0u\0l\0' ''; do
	in_mount 'printf "$1" >exact' "$value"
	# First, as an open waits for a file that was only truncated (9).
	equal "in the mount: $value" "$(printf "$value" | od -c)" "$(in_mount 'od -c <exact')"
	equal "in etcd: $value" "$(printf "$value" | od -c)" "$(value_of exact | od -c)"
done

# 28: reading and looking change no time, and a value that stays has the same one.
before=$(in_mount 'stat -c "%y %z" exact size')
publishes 0 "reading" 'cat exact size >/dev/null; ls -l >/dev/null'
equal "the times" "$before" "$(in_mount 'stat -c "%y %z" exact size')"
