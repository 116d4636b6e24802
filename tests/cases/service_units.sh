#!/bin/bash
# Nothing in the units hides the mount, and systemd understands them; the example of a configuration works.
# Statements: 315, 318.
. "$(dirname "$0")/../lib/case.sh"

# With the program of this build, which is there.
unit_of() {
	mkdir -p "$DIR/bin" "$DIR/$1"
	ln -sf "$ETCDFS" "$DIR/bin/etcdfs"
	sed "s,@bindir@,$DIR/bin,g" "$TOP/docs/systemd/$1/etcdfs@.service.in" >"$DIR/$1/etcdfs@.service"
}
starts() { sed -n 's/^ExecStart=//p' "$DIR/$1/etcdfs@.service"; }

for kind in system user; do
	unit_of "$kind"
	check "the options of the $kind unit" python3 "$TOP/tests/lib/units.py" "$kind" \
		"$DIR/$kind/etcdfs@.service"
	for option in ProtectSystem=yes PrivateTmp=yes MountFlags=slave; do
		sed "s/^\[Service\]/&\n$option/" "$DIR/$kind/etcdfs@.service" >"$DIR/bad"
		fails "$option" "" python3 "$TOP/tests/lib/units.py" "$kind" "$DIR/bad"
	done
	if command -v systemd-analyze >/dev/null; then
		words=$(systemd-analyze verify --man=no "--$kind" "$DIR/$kind/etcdfs@kv.service" 2>&1) || true
		equal "systemd has nothing to say of the $kind unit" "" "$words"
	fi
done
equal "what the unit starts" "$DIR/bin/etcdfs -f -c /etc/etcdfs/%i.conf" "$(starts system)"
equal "what the user's unit starts" "$DIR/bin/etcdfs -f -c %E/etcdfs/%i.conf" "$(starts user)"

# The example, with another mountpoint.
example=$(dirname "$ETCDFS")/../docs/etcdfs.conf.example
mkdir "$DIR/etcdfs"
sed "s,^mountpoint = .*,mountpoint = $MNT," "$example" >"$DIR/etcdfs/$NAME.conf"
equal "what is no comment" "[mount] mountpoint [etcd] [hooks]" \
	"$(sed -nE 's/^([^# ]+).*/\1/p' "$example" | paste -sd ' ')"
# Without -f the command returns when the mount is usable.
check "it starts" limit "$ETCDFS" -c "$DIR/etcdfs/$NAME.conf" -e "data-dir=$DATA"
check "it works" is_usable
take_off umount "$MNT"
wait_until "the end of all" none_marked
