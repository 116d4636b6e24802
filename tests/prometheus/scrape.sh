#!/bin/bash
# node_exporter's textfile collector, as another user, through a link to .etcd/metrics; and promtool on the text.
. "$(dirname "$0")/../lib/case.sh"
. "$(dirname "$0")/../lib/metrics.sh"
. "$(dirname "$0")/../lib/second.sh"

chmod 755 "$DIR"
GROUP=$(id -g nobody)
TEXTS=$DIR/textfile
mkdir -m 755 "$TEXTS"
read -r PORT < <(free_ports 1)

scrape() {
	python3 -c '
import sys, urllib.request
sys.stdout.write(urllib.request.urlopen(sys.argv[1], timeout=30).read().decode())' \
		"http://127.0.0.1:$PORT/metrics" >"$DIR/scraped"
}
scraped() { scrape && grep -qE -- "$1" "$DIR/scraped"; }

start_mount -o "allow_other,umask=027,gid=$GROUP,timeout=3"
start_second -o "allow_other,umask=027,gid=$GROUP"
in_mount 'mkdir d && echo x >key && cat key >/dev/null'
check "promtool" "$PROMETHEUS/promtool" check metrics < <(limit cat "$MNT/.etcd/metrics")

ln -s "$MNT/.etcd/metrics" "$TEXTS/etcdfs-one.prom"
ln -s "$MNT_B/.etcd/metrics" "$TEXTS/etcdfs-two.prom"
setpriv --reuid=nobody --regid="$GROUP" --clear-groups "$PROMETHEUS/prometheus-node-exporter" \
	--collector.disable-defaults --collector.textfile --collector.textfile.directory="$TEXTS" \
	--web.listen-address="127.0.0.1:$PORT" >"$DIR/exporter" 2>&1 </dev/null &
EXPORTER=$!

# Both mounts, and nothing lost of either.
wait_until "a scrape" scrape
check "no error" grep -qx "node_textfile_scrape_error 0" "$DIR/scraped"
for mnt in "$MNT" "$MNT_B"; do
	equal "the samples of $mnt" "$(grep -c "^etcdfs_" < <(limit cat "$mnt/.etcd/metrics"))" \
		"$(grep -c "^etcdfs_.*mountpoint=\"$mnt\"" "$DIR/scraped")"
done
check "a histogram" grep -q \
	"^etcdfs_operation_duration_seconds_bucket{kind=\"mkdir\",mountpoint=\"$MNT\",le=\"+Inf\"} 1$" "$DIR/scraped"

# etcd is away: the first scrape may take as long as the timeout, and all work.
allow_log "etcd"
freeze "$(etcd_pid)"
check "a scrape in a young outage" scraped "^etcdfs_start_time_seconds{mountpoint=\"$MNT\"}"
wait_until "the health" scraped "^etcdfs_healthy{mountpoint=\"$MNT\"} 0"
check "no error" grep -qx "node_textfile_scrape_error 0" "$DIR/scraped"
freeze "$PID"
check "a scrape without the supervisor" scraped "^etcdfs_healthy{mountpoint=\"$MNT\"} 0"
kill -CONT "$PID" "$(etcd_pid)"
wait_until "the health" scraped "^etcdfs_healthy{mountpoint=\"$MNT\"} 1"

# What is not mounted, and a mount that lets nobody in, is an error, and costs the other mount nothing.
only_one() {
	scrape
	check "$1: an error" grep -qx "node_textfile_scrape_error 1" "$DIR/scraped"
	check "$1: the other mount" grep -q "^etcdfs_healthy{mountpoint=\"$MNT\"} 1" "$DIR/scraped"
	equal "$1: nothing" "" "$(grep -F "mountpoint=\"$MNT_B\"" "$DIR/scraped" || true)"
}
end_second
only_one "what is not mounted"
start_second
only_one "what lets nobody in"
end_second
kill "$EXPORTER"
wait "$EXPORTER" || true
