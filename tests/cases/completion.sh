#!/bin/bash
# bash and zsh complete options, keys, values, files, mountpoints, and the keys of a mount, also of one that hangs.
. "$(dirname "$0")/../lib/case.sh"

COMPLETION=$(dirname "$ETCDFS")/../docs/completion
requires "the completions are not built: ninja makes them" test -e "$COMPLETION/etcdfs"
mkdir "$DIR/bin"
ln -s "$(realpath "$ETCDFS")" "$DIR/bin/etcdfs"
PATH=$DIR/bin:$PATH
: >"$DIR/kv.conf"

# in_shell SHELL DIRECTORY: the shell completes as the table on stdin says.
in_shell() {
	local file=etcdfs
	[ "$1" = bash ] || file=_etcdfs
	(cd "$2" && limit python3 -B "$TOP/tests/lib/completing.py" "$1" "$COMPLETION/$file")
}

# Longer than the shell may take, and than completing.py waits.
start_mount -o prefix=p/,timeout=30
in_mount 'mkdir -p app/conf; echo 1 >app/port; echo 1 >app/conf/x; echo 1 >"with blank"'
ctl put p//x 1 >/dev/null
ctl put p/a//b 1 >/dev/null

bash_table() {
	cat <<END
etcdfs --confi<TAB> -> etcdfs --config 
etcdfs -c $DIR/kv.c<TAB> -> etcdfs -c $DIR/kv.conf 
etcdfs --config=$DIR/kv.c<TAB> -> etcdfs --config=$DIR/kv.conf 
etcdfs -o consi<TAB> -> etcdfs -o consistency=
etcdfs -o consistency=<ALL> -> etcdfs -o consistency=cached linearizable 
etcdfs -o ro,inot<TAB> -> etcdfs -o ro,inotify=
etcdfs -o ro,inotify=<ALL> -> etcdfs -o ro,inotify=off on 
etcdfs -o ro,timeout=3,consistency=c<TAB> -> etcdfs -o ro,timeout=3,consistency=cached 
etcdfs --options=ro,allow<TAB> -> etcdfs --options=ro,allow_other 
etcdfs -o 'endpoints="a:1,b:2",timeo<TAB> -> etcdfs -o 'endpoints="a:1,b:2",timeout=
etcdfs -o log-level=war<TAB> -> etcdfs -o log-level=warning 
etcdfs --check $DIR/kv.c<TAB> -> etcdfs --check $DIR/kv.conf 
etcdfs -o cacert=$DIR/kv.c<TAB> -> etcdfs -o cacert=$DIR/kv.conf 
etcdfs -e heart<TAB> -> etcdfs -e heartbeat-interval=
etcdfs -e data-dir=$DIR/mn<TAB> -> etcdfs -e data-dir=$DIR/mnt/
etcdfs -H on-l<TAB> -> etcdfs -H on-leader=
etcdfs --help a<TAB> -> etcdfs --help all 
etcdfs -d $DIR/mn<TAB> -> etcdfs -d $DIR/mnt/
etcdfs --leave $DIR/m<TAB> -> etcdfs --leave $MNT 
etcdfs /mnt -- printen<TAB> -> etcdfs /mnt -- printenv 
etcdfs /mnt -- cat $DIR/kv.c<TAB> -> etcdfs /mnt -- cat $DIR/kv.conf 
etcdfs --key $MNT/app/po<TAB> -> etcdfs --key $MNT/app/port 
etcdfs --path <TAB> -> etcdfs --path p/
etcdfs --path p/ap<TAB> -> etcdfs --path p/app/
etcdfs --path p/app/<ALL> -> etcdfs --path p/app/conf/ p/app/port 
etcdfs --path p/app/p<TAB> -> etcdfs --path p/app/port 
etcdfs --path p/wi<TAB> -> etcdfs --path p/with\\ blank 
etcdfs --path "p/wi<TAB> -> etcdfs --path "p/with blank" 
etcdfs --path p//<TAB> -> etcdfs --path p//x 
etcdfs --path p/a/<TAB> -> etcdfs --path p/a//
etcdfs --path p/.ro<TAB> -> etcdfs --path p/.ro
etcdfs --path q<TAB> -> etcdfs --path q
END
}

zsh_table() {
	cat <<END
etcdfs --confi<TAB> -> etcdfs --config 
etcdfs -c $DIR/kv.c<TAB> -> etcdfs -c $DIR/kv.conf 
etcdfs -o consi<TAB> -> etcdfs -o consistency=
etcdfs -o ro,consistency=c<TAB> -> etcdfs -o ro,consistency=cached 
etcdfs -e heart<TAB> -> etcdfs -e heartbeat-interval=
etcdfs -H on-l<TAB> -> etcdfs -H on-leader=
etcdfs --help a<TAB> -> etcdfs --help all 
etcdfs -d $DIR/mn<TAB> -> etcdfs -d $DIR/mnt/
etcdfs --leave $DIR/m<TAB> -> etcdfs --leave $MNT 
etcdfs /mnt -- printen<TAB> -> etcdfs /mnt -- printenv 
etcdfs --path p/ap<TAB> -> etcdfs --path p/app/
etcdfs --path p/app/p<TAB> -> etcdfs --path p/app/port 
etcdfs --path p/wi<TAB> -> etcdfs --path p/with\\ blank 
END
}

# What is the same in both, from elsewhere.
other_table() {
	echo "etcdfs --path p/app/p<TAB> $MNT -> etcdfs --path p/app/${1:-p} $MNT"
	echo "etcdfs --leave $DIR/m<TAB> -> etcdfs --leave $MNT "
	echo "etcdfs --unmount-dead $DIR/m<TAB> -> etcdfs --unmount-dead $MNT "
}

# zsh puts a blank behind the word, also where one follows.
declare -A whole=([bash]=port [zsh]="port ")
shells=(bash)
! command -v zsh >/dev/null || shells+=(zsh)
running=()
# all_pass WHAT: those in $running.
all_pass() {
	local pid
	for pid in "${running[@]}"; do
		check "$1" wait "$pid"
	done
	running=()
}

for shell in "${shells[@]}"; do
	{
		"${shell}_table" | in_shell "$shell" "$MNT"
		other_table "${whole[$shell]}" | in_shell "$shell" /
	} &
	running+=($!)
done
all_pass "completion"

# The filesystem process stands still: whoever looks at the mount waits, but no shell.
filesystem=$(fs_pid)
freeze "$filesystem"
for shell in "${shells[@]}"; do
	other_table | in_shell "$shell" / &
	running+=($!)
done
all_pass "completion beside a mount that hangs"
kill -CONT "$filesystem"
wait_until "the mount" in_mount 'cat app/port'
