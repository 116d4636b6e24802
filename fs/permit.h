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

#include "fs/op.h"

/* Finds out at the start, and then reports that the mount is ready. */
void permit_start(struct fs *fs);

/* For an open of the file op->id to write: @next runs with 0, perhaps at once, or -EACCES. */
void permit_ask(struct op *op, op_fn *next);
