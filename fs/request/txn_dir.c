#include "fs/request/txn_dir.h"

#include "fs/request/mutation.h"
#include "fs/tree/key.h"

#include <errno.h>
#include <string.h>

bool txn_may_be_dir(const struct op *op, struct bytes key)
{
	size_t prefix = op->mutation->common->config->prefix.len;

	return key_may_be_dir((struct bytes){key.data + prefix, key.len - prefix});
}

void txn_expect_file(struct op *op, struct txn *txn, struct bytes key)
{
	if (txn_may_be_dir(op, key))
		txn_expect_no_dir(txn, key);
}

int txn_in_dir(struct op *op, struct txn *txn, uint64_t dir)
{
	struct mirror_dir parent = {0};
	int r = mirror_dir(op->mutation->common->mirror, dir, &parent);

	if (r < 0)
		return r == -EINVAL ? 0 : r;
	if (parent.has_marker)
		txn_expect_there(txn, buf_bytes(&parent.key));
	else if (!parent.is_root && parent.sibling.len)
		txn_expect_there(txn, buf_bytes(&parent.sibling));
	mirror_dir_fini(&parent);
	return 0;
}

int txn_beside_marker(struct op *op, uint64_t dir, const char *name)
{
	struct mirror_dir parent = {0};
	int r;

	if (strcmp(name, KEY_EMPTY_NAME) != 0)
		return 0;
	r = mirror_dir(op->mutation->common->mirror, dir, &parent);
	if (r == 0 && parent.has_marker)
		r = -EINVAL;
	mirror_dir_fini(&parent);
	return r;
}

/* Nothing else is in the directory, so it gets its marker, on condition that nobody adds a key. */
static int txn_leave_marker(
	struct op *op, struct txn *txn, struct bytes marker, const struct gap *gaps, size_t n_gaps)
{
	CLEANUP(buf) struct buf end = {0};
	struct bytes at = marker;
	int r = etcd_prefix_end(marker, &end);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n_gaps; i++) {
		if (!bytes_equal(at, gaps[i].from))
			txn_expect_none_between(txn, at, gaps[i].from);
		at = gaps[i].to;
	}
	txn_expect_none_between(txn, at, buf_bytes(&end));
	txn->leaves_marker = !op->mutation->no_room;
	/* This marker had a value, so it was shown as a file, and is being deleted. */
	if (txn->leaves_marker && txn_deletes(txn, marker))
		txn_empty_instead(txn, marker);
	else if (txn->leaves_marker)
		txn_put(txn, marker, (struct bytes){0}, 0);
	return 0;
}

int txn_from_dir(struct op *op, struct txn *txn, uint64_t dir, const char *name,
	const struct gap *gaps, size_t n_gaps)
{
	struct mirror_dir parent = {0};
	int r = mirror_dir_above(op->mutation->common->mirror, dir, name, &parent);

	if (r < 0)
		return r;
	/* A marked directory loses its marker only by rmdir, which needs it empty. */
	if (parent.sibling.len && !parent.has_marker && !parent.is_root)
		txn_expect_there(txn, buf_bytes(&parent.sibling));
	else if (!parent.has_marker && !parent.is_root && parent.key.len &&
		 bytes_has_prefix(gaps[0].from, buf_bytes(&parent.key)))
		r = txn_leave_marker(op, txn, buf_bytes(&parent.key), gaps, n_gaps);
	mirror_dir_fini(&parent);
	return r;
}

int txn_key_from_dir(
	struct op *op, struct txn *txn, uint64_t dir, const char *name, struct bytes key)
{
	CLEANUP(buf) struct buf after = {0};
	int r = buf_append_bytes(&after, key);

	if (r == 0)
		r = buf_append_byte(&after, 0);
	return r < 0 ? r
		     : txn_from_dir(op, txn, dir, name, &(struct gap){key, buf_bytes(&after)}, 1);
}
