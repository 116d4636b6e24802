/* A transaction being built, which owns the bytes of its keys and values. */
/*
 * Owner:   the mutation; cleared and built anew for each try.
 * Errors:  the first failure (-ENOMEM) is kept, later calls do nothing: ask change_error() at the
 *          end.
 */
#pragma once

#include "fs/base/buf.h"
#include "fs/etcd/etcd.h"

struct change {
	struct etcd_compare *compares;
	size_t n_compares, max_compares;
	struct etcd_op *ops;
	size_t n_ops, max_ops;
	void **owned;
	size_t n_owned, max_owned;
	int error;
};

void change_clear(struct change *change); /* frees; a zero-initialised one is clear */
int change_error(const struct change *change);

/* A copy of @bytes that lives as long as the rest. */
struct bytes change_copy(struct change *change, struct bytes bytes);

/* What must hold. */
void change_expect(struct change *change, struct bytes key, enum etcd_compare_target target,
	enum etcd_compare_result result, int64_t number);
void change_expect_there(struct change *change, struct bytes key);
void change_expect_none(struct change *change, struct bytes key); /* no such key */

/* No key in [from, to): compared as a range. */
void change_expect_none_between(struct change *change, struct bytes from, struct bytes to);

/* No key in [from, to) was put after @revision. Of deletions this says nothing. */
void change_expect_older(
	struct change *change, struct bytes from, struct bytes to, int64_t revision);

/* No key below the directory that @key would be: in [key/, key0). */
void change_expect_no_dir(struct change *change, struct bytes key);

/* What is done. @value is copied, or taken over from a buffer. */
void change_put(struct change *change, struct bytes key, struct bytes value, int64_t lease);
void change_put_taken(struct change *change, struct bytes key, struct buf *value, int64_t lease);
void change_delete(struct change *change, struct bytes key);
void change_delete_between(struct change *change, struct bytes from, struct bytes to);

/* Whether there is a delete of @key by itself. */
bool change_deletes(const struct change *change, struct bytes key);
/* @key, which is deleted so far, stays, without a value. (etcd refuses a delete and a put of one
 * key together.) */
void change_empty_instead(struct change *change, struct bytes key);
