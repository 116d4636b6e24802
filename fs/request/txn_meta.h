/* Kept metadata in a transaction: it is made, changed and deleted with its key. */
/*
 * RPC thread only: parts of a mutation's prepare().
 *
 * The key of what is kept for KEY, without the mount's prefix, is ".etcd/meta/KEY" behind that
 * prefix; for a directory KEY is that of its marker. Who changes it compares its mod_revision, so
 * that of two changes at once none is lost, and that KEY is still the same.
 */
#pragma once

#include "fs/mirror/mirror_meta.h"
#include "fs/request/op.h"
#include "fs/request/txn.h"

/* The transaction makes @key, a file's or a directory's marker, on @lease (0: none), and keeps
 * @meta for it. If that says nothing then what an earlier key has left over goes. 0 or -ENOMEM. */
int txn_meta_put(
	struct op *op, struct txn *txn, struct bytes key, const struct meta *meta, int64_t lease);
/* The same for the name that @op makes: op->keeps, op->kind and op->lease. */
int txn_meta_make(struct op *op, struct txn *txn, struct bytes key);

/* The transaction deletes @key, so what is kept for it goes as well. 0 or -ENOMEM. */
int txn_meta_drop(struct op *op, struct txn *txn, struct bytes key);

/* Keeps @wanted in place of what is kept @now, for the node @id. A directory that no key marks gets
 * its marker. 0 or -errno. */
int txn_meta_change(struct op *op, struct txn *txn, uint64_t id, const struct mirror_meta *now,
	const struct meta *wanted);

/* The keys of @files are renamed, so what is kept for them goes with them. When all files of the
 * rename are moved, what is still kept for a name that one of them leaves, or takes, goes. 0 or
 * -ENOMEM. */
int txn_meta_move(struct op *op, struct txn *txn, const struct mirror_files *files);
/* The same for a directory, whose keys are in [first, end). */
int txn_meta_move_dir(struct op *op, struct txn *txn, const struct mirror_files *files,
	struct bytes first, struct bytes end);
int txn_meta_leave(struct op *op, struct txn *txn, const struct mirror_files *files);
