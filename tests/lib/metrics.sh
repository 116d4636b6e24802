# What a mount says of itself in .etcd/metrics.
# shellcheck shell=bash
#
# To be sourced after case.sh.

# metric NAME [LABEL]: its value now; LABEL as in the text, such as 'kind="read"'. (A cd would ask etcd.)
metric() {
	limit cat "$MNT/.etcd/metrics" | sed -n "s/^etcdfs_$1{mountpoint=\"[^\"]*\"${2:+,$2}} //p"
}
