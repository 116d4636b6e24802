/* Finds out whether etcd lets us write a key, without writing it. */
/*
 * Owner:   the mount. RPC thread only.
 *
 * etcd checks the rights to all operations of a transaction before it evaluates the compares. So a
 * transaction that puts the key on condition that it was made before the first revision never does
 * anything, and is refused when the put would be. That costs etcd an entry in its log, so it is
 * only done once a write was refused, or the probe at the start has found that not every key of
 * ours may be written. Until then the refusal comes with the write itself.
 */
#pragma once

#include "fs/etcd/etcd.h"
#include "fs/request/op.h"

/* The caller sets the fields up to `arg`. */
struct write_probe {
	const struct fs_config *config;
	struct etcd *etcd;
	struct mirror *mirror;
	void (*known)(void *arg); /* the probe of write_probe_start() has ended */
	void *arg;
	bool denied; /* etcd has refused us a write */
	bool full;   /* etcd had no room the last time; asked for new files only */
};

void write_probe_start(struct write_probe *write_probe);

/* For an open of the file op->id to write: @next runs with 0, perhaps before this returns, or with
 * -EACCES. */
void write_probe_ask(struct write_probe *write_probe, struct op *op, op_fn *next);

/* The same for @key, of a file that is to be made; or -ENOSPC. */
void write_probe_ask_key(
	struct write_probe *write_probe, struct op *op, struct bytes key, op_fn *next);
