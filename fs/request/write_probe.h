/* Whether etcd lets us write a key: asked without writing it. */
/*
 * Owner:   the mount. RPC thread only.
 *
 * etcd checks the rights of all that a transaction could do before it looks at what it compares. So
 * one that puts the key if it was made before the first revision never comes to pass, and is
 * refused as the put would be. That costs etcd an entry in its log, so it is only done once a
 * write was refused, or the start has found that not every key of ours may be written; else the
 * refusal comes with the write itself.
 */
#pragma once

#include "fs/etcd/etcd.h"
#include "fs/request/op.h"

/* The fields up to `arg` are the caller's. */
struct write_probe {
	const struct fs_config *config;
	struct etcd *etcd;
	struct mirror *mirror;
	void (*known)(void *arg); /* what write_probe_start() was to find out */
	void *arg;
	bool denied; /* etcd has refused us to write something */
};

void write_probe_start(struct write_probe *write_probe);

/* For an open of the file op->id to write: @next runs with 0, perhaps at once, or -EACCES. */
void write_probe_ask(struct write_probe *write_probe, struct op *op, op_fn *next);
