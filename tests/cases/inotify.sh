#!/bin/bash
# inotify watchers are told what any etcd client does: files, directories, leases, transactions.
# Statements: 70, 73, 74.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/events.sh"

requires "needs inotify-tools" command -v inotifywait
start_mount
ctl put was 1 >/dev/null
watch w -e create,modify,close_write,delete,move -r "$MNT"
settle w

step w "a new key" "$(created new)" ctl put new 1
step w "a new value" "$(changed new)" ctl put new 2
step w "the same value again" "$(changed new)" ctl put new 2
step w "an empty value" "$(changed new)" ctl put new ""
step w "a new empty key" "CREATE void (MODIFY void )?CLOSE_WRITE void " ctl put void ""
step w "a key that was there" "$(changed was)" ctl put was 2
step w "a deleted key" "DELETE new " ctl del new
step w "made again" "$(created new)" ctl put new 3

again() { ctl del new && ctl put new 4; }
step w "deleted and made again" "DELETE new $(created new)" again

step w "a directory" "CREATE,ISDIR dir " ctl put dir/ ""
step w "a key in it" "$(created dir/key)" ctl put dir/key 1
step w "its new value" "$(changed dir/key)" ctl put dir/key 2
step w "its end" "DELETE dir/key " ctl del dir/key
step w "the directory's end" "$(gone dir)" ctl del dir/

# What is below a directory that has just come may or may not be told: a watcher looks for itself.
step w "directories of a deep key" "CREATE,ISDIR e (CREATE(,ISDIR)? e/f(/g)? |[A-Z_]+ e/f/g )*" \
	ctl put e/f/g 1
step w "one more in the deep" "$(created e/f/h)" ctl put e/f/h 1
step w "all of it deleted" "(DELETE e/f/[gh] ){2}$(gone e/f)$(gone e)" ctl del --prefix e/

step w "a file" "$(created a)" ctl put a 1
step w "becomes a directory" "DELETE a CREATE,ISDIR a ([A-Z_]+ a/(b|%value) )*" ctl put a/b 2
step w "its value" "$(changed a/%value)" ctl put a 3
step w "and a file again" "(DELETE a/(b|%value) ){2}$(gone a)$(created a)" ctl del a/b
step w "which changes" "$(changed a)" ctl put a 4

# Where the machine is slow the lease may have ended before anything is put with it.
put_leased() {
	local lease
	lease=$(ctl lease grant 5 | sed 's/lease \([0-9a-f]*\) .*/\1/')
	ctl put --lease="$lease" leased x
}
lease_ended() {
	local left
	left=$(keys leased) && [ -z "$left" ]
}
leased() {
	wait_until "a key with a lease" put_leased
	wait_until "the lease's end" lease_ended
}
step w "a lease" "$(created leased)DELETE leased " leased

# One transaction: 40 keys made, 20 changed, 10 deleted.
in_mount 'for i in {1..20}; do echo old >old-$i; done; for i in {1..10}; do echo x >gone-$i; done'
settle w
first=$(($(lines_of w) + 1))
{
	echo
	for i in {1..40}; do echo "put txn-$i $i"; done
	for i in {1..20}; do echo "put old-$i $i"; done
	for i in {1..10}; do echo "del gone-$i"; done
	echo
	echo
} | ctl txn >/dev/null
fence w "$first"
told=$(without_fences w "$first" | tr ' ' '\n' | paste -d ' ' - -)
told_of() { sort -u <<<"$told" | grep -cxE "$1" || true; }
equal "made by the transaction" 40 "$(told_of 'CREATE txn-[0-9]+')"
equal "complete" 40 "$(told_of 'CLOSE_WRITE txn-[0-9]+')"
equal "changed by it" 20 "$(told_of 'MODIFY old-[0-9]+')"
equal "complete as well" 20 "$(told_of 'CLOSE_WRITE old-[0-9]+')"
equal "deleted by it" 10 "$(told_of 'DELETE gone-[0-9]+')"
equal "and created none of those" 0 "$(told_of '(CREATE|DELETE) old-[0-9]+')"
