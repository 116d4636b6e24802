/* Builds a transaction, and owns the bytes of its keys and values. */
/*
 * Owner:   the mutation, which clears and builds it anew for each try.
 * Errors:  the first failure (-ENOMEM) is kept, and later calls do nothing: ask txn_error() at the
 *          end.
 */
#pragma once

#include "fs/base/buf.h"
#include "fs/etcd/etcd.h"

struct txn {
	struct etcd_compare *compares;
	size_t n_compares, max_compares;
	struct etcd_op *ops;
	size_t n_ops, max_ops;
	void **owned;
	size_t n_owned, max_owned;
	int error;
	bool leaves_marker; /* it puts a marker in the directory that it empties (txn_dir.h) */
};

void txn_clear(struct txn *txn); /* frees; a zero-initialised one is clear */
int txn_error(const struct txn *txn);

/* The transaction as etcd_txn() takes it. It is valid until the transaction is changed. */
struct etcd_txn txn_request(const struct txn *txn);

/* Sends it with etcd_txn(), or returns the first failure of the calls that have built it. */
int txn_send(
	const struct txn *txn, struct etcd *etcd, int timeout_ms, etcd_reply_fn *fn, void *arg);

/* A copy of @bytes that lives as long as the transaction. */
struct bytes txn_copy(struct txn *txn, struct bytes bytes);

/* Compares: what must hold. */
void txn_expect(struct txn *txn, struct bytes key, enum etcd_compare_target target,
	enum etcd_compare_result result, int64_t number);
void txn_expect_there(struct txn *txn, struct bytes key);
void txn_expect_none(struct txn *txn, struct bytes key); /* no such key */

/* No key exists in [from, to); one compare over the range. */
void txn_expect_none_between(struct txn *txn, struct bytes from, struct bytes to);

/* No key in [from, to) was put after @revision. Deletions are not noticed. */
void txn_expect_older(struct txn *txn, struct bytes from, struct bytes to, int64_t revision);

/* No key exists below the directory that @key would be: in [key/, key0). */
void txn_expect_no_dir(struct txn *txn, struct bytes key);

/* Operations: what is done. @value is copied, or taken over from a buffer. */
void txn_put(struct txn *txn, struct bytes key, struct bytes value, int64_t lease);
void txn_put_taken(struct txn *txn, struct bytes key, struct buf *value, int64_t lease);
void txn_delete(struct txn *txn, struct bytes key);
void txn_delete_between(struct txn *txn, struct bytes from, struct bytes to);

/* Whether there is a delete of exactly @key, not as part of a range. */
bool txn_deletes(const struct txn *txn, struct bytes key);
/* Whether there is an operation of exactly @key. */
bool txn_changes(const struct txn *txn, struct bytes key);
/* Replaces the delete of @key by a put of an empty value, since etcd refuses a delete and a put of
 * one key in one transaction. */
void txn_empty_instead(struct txn *txn, struct bytes key);
