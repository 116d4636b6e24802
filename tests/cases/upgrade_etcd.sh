#!/bin/bash
# etcd 3.4 becomes 3.5 under the mounts of a cluster, and cannot go back after the last member.
# Statements: 364, 365.
. "$(dirname "$0")/../lib/case.sh"
. "$TOP/tests/lib/machines.sh"

NEWER=${ETCD_DIR:-$TOP/build/etcd35}
OLDER=$(PATH=${PATH#"${ETCD_DIR:-}":} command -v etcd)
requires "needs etcd 3.5 in $NEWER: tests/lib/etcd35.sh fetches it" test -x "$NEWER/etcd"
is_older() { [[ $("$OLDER" --version) == *"Version: 3.4."* ]]; }
requires "needs etcd 3.4 as the machine's" is_older
NEWER=$(realpath "$NEWER/etcd")
version=$("$NEWER" --version | sed -n 's/^etcd Version: //p')

# install NAME FILE: as a package's etcd.
install_etcd() { on "$1" 'cp "$1" /mnt/etcd.new && mv /mnt/etcd.new /mnt/etcd' "$2"; }
shows() { [ "$(page version "$1")" = "$2"$'\n'ok ]; }
# upgrade NAME FILE VERSION
upgrade() {
	install_etcd "$1" "$2"
	page upgrade "$1"
	wait_until "$1 with $3" shows "$1" "$3"
}

make_machines a b c
for name in a b c; do
	install_etcd "$name" "$OLDER"
	on "$name" 'echo "binary = /mnt/etcd" >>/etc/etcdfs/kv.conf'
done
start_machines a b c
older=$(on a 'jq -r .version /mnt/kv/.etcd/status')
on a 'cd /mnt/kv; mkdir conf; for i in {1..50}; do echo "$i" >"conf/$i"; done'

# c leads until its turn, the last one: a write that is under way when a leader dies may be lost.
on c 'etcdctl --endpoints=http://10.0.0.1:2379,http://10.0.0.2:2379,http://10.0.0.3:2379 \
	move-leader "$(jq -r .member_id /mnt/kv/.etcd/status)"' >"$DIR/moved"
wait_until "c leads" on c 'grep -qx leader /mnt/kv/.role'

# Who writes on another machine, and who has a file open on b.
on c 'cd /mnt/kv; until [ -e over ]; do echo x >>log; done; wc -l <log' >"$DIR/lines" &
WRITER=$!
on b 'exec 3</mnt/kv/conf/7; until [ -e /mnt/kv/over ]; do sleep 0.05; done; cat <&3' >"$DIR/open" &
READER=$!
upgrade b "$NEWER" "$version"
on b 'cd /mnt/kv; echo b >conf/b; [ "$(cat conf/50)" = 50 ]'
upgrade b "$OLDER" "$older"
upgrade b "$NEWER" "$version"
upgrade a "$NEWER" "$version"
on a ': >/mnt/kv/over'
wait "$WRITER" || die "writing elsewhere: status $?"
wait "$READER" || die "the file that was open: status $?"
equal "what was open" 7 "$(cat "$DIR/open")"
equal "each append is there" "$(cat "$DIR/lines")" "$(on b 'wc -l </mnt/kv/log')"
upgrade c "$NEWER" "$version"
equal "all keys" 51 "$(on c 'ls /mnt/kv/conf | wc -l')"

# The cluster is 3.5 a moment later.
is_newer() {
	on a 'python3 -c "
import urllib.request
print(urllib.request.urlopen(\"http://10.0.0.1:2379/version\").read().decode())"' |
		grep -q '"etcdcluster":"3\.5'
}
wait_until "the cluster's version" is_newer
page stop c
install_etcd c "$OLDER"
fails "back" "etcd .*(invalid|cannot be) downgrade" on c "$(block start)"
one_line "back"
install_etcd c "$NEWER"
page start c
wait_until "c" usable c
equal "the data" 50 "$(on c 'cat /mnt/kv/conf/50')"
