#!/bin/bash
# .role is a read-only file in the root that says leader on a single node.
# Statements: 41, 284.
. "$(dirname "$0")/../lib/case.sh"

no="permission denied|read-only|not permitted"
start_mount

# A busy machine's etcd may be offline for a moment.
says() { wait_until "$1" eval '[ "$(in_mount '"'$3'"')" = '"'$2'"' ]'; }
says ".role" leader 'cat .role'
says "with its newline" 7 'wc -c <.role'
says "its size" 7 'stat -c %s .role'
equal "in the root's listing" .role "$(in_mount 'ls -A')"
equal "and nowhere else" "" "$(in_mount 'mkdir d; ls -A d')"
equal "it is no key" d/ "$(keys)"
fails "writing" "$no" in_mount 'echo leader >.role'
fails "truncating" "$no" in_mount 'truncate -s 0 .role'
fails "removing" "$no" in_mount 'rm -f .role'
fails "renaming" "$no" in_mount 'mv .role x'
fails "renaming over it" "$no" in_mount 'echo x >x; mv -f x .role'
fails "a directory of that name" "exists|permission|read-only|not permitted" in_mount 'mkdir .role'
says "still there" leader 'cat .role'
equal "below the root the name is free" x "$(in_mount 'echo x >d/.role; cat d/.role')"
equal "its mode" 444 "$(in_mount 'stat -c %a .role')"

# A peers' address that others can reach: the word is a lease, and one that may be too short is told.
stop_mount
expect_log "members' traffic goes over http://"
expect_log "leave a leader's word 58 ms"
start_mount -e "listen-peer-urls=http://127.0.0.1:$(free_ports 1)" -e election-timeout=100 \
	-e heartbeat-interval=20
says ".role of who is not alone by construction" leader 'cat .role'
