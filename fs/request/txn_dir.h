/* Directories in a transaction: keeps a directory in existence while names in it come and go. */
/*
 * RPC thread only: parts of a mutation's prepare().
 *
 * etcd has no directories, only keys with a common prefix. So a directory exists as long as a key
 * is in it: its marker, or another. A transaction that makes a name relies on such a key to stay,
 * and one that removes the last key leaves a marker.
 */
#pragma once

#include "fs/request/op.h"
#include "fs/request/txn.h"

/* Whether @key may be a directory; KEY_DEPTH_MAX is the limit. */
bool txn_may_be_dir(const struct op *op, struct bytes key);

/* Expects that @key is a file and no directory: no key is below it. */
void txn_expect_file(struct op *op, struct txn *txn, struct bytes key);

/* Expects that the directory still exists when a name is made in it. Returns 0 or -errno. */
int txn_in_dir(struct op *op, struct txn *txn, uint64_t dir);

/* Returns -EINVAL if @name in @dir is the name of the directory's own marker, which exists
 * unseen. */
int txn_beside_marker(struct op *op, uint64_t dir, const char *name);

/* A range of keys that leave a directory: [from, to). */
struct gap {
	struct bytes from, to;
};

/* Keeps the directory in existence when it loses its child @name, whose keys are in @gaps, in key
 * order. Returns 0 or -errno. */
int txn_from_dir(struct op *op, struct txn *txn, uint64_t dir, const char *name,
	const struct gap *gaps, size_t n_gaps);

/* The same for a child that is one key: a file's, or a directory's marker. */
int txn_key_from_dir(
	struct op *op, struct txn *txn, uint64_t dir, const char *name, struct bytes key);
