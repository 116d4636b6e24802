/* Directories in a transaction: what keeps one there while names in it come and go. */
/*
 * RPC thread only: parts of a mutation's prepare().
 *
 * etcd has no directories, only keys that begin alike. So one is there as long as a key is in it:
 * its marker, or another. What makes a name relies on such a key to stay, and what removes the last
 * one leaves a marker.
 */
#pragma once

#include "fs/request/op.h"
#include "fs/request/txn.h"

/* Whether @key may be a directory: KEY_DEPTH_MAX is the limit. */
bool txn_may_be_dir(const struct op *op, struct bytes key);

/* @key is a file and no directory: there is nothing below it. */
void txn_expect_file(struct op *op, struct txn *txn, struct bytes key);

/* The directory stays where it is while a name is made in it. 0 or -errno. */
int txn_in_dir(struct op *op, struct txn *txn, uint64_t dir);

/* -EINVAL: @name in @dir is that of the directory's own marker, which is there and not seen. */
int txn_beside_marker(struct op *op, uint64_t dir, const char *name);

/* Keys that leave a directory: those in [from, to). */
struct gap {
	struct bytes from, to;
};

/* The directory outlives the loss of its child @name, whose keys are in @gaps, in their order. 0 or
 * -errno. */
int txn_from_dir(struct op *op, struct txn *txn, uint64_t dir, const char *name,
	const struct gap *gaps, size_t n_gaps);

/* The same where it is one key: a file's, or a directory's marker. */
int txn_key_from_dir(
	struct op *op, struct txn *txn, uint64_t dir, const char *name, struct bytes key);
