/* The attribute user.etcd.ttl: how many seconds a file has left. */
/*
 * It is that of the key's lease, so that two files may have one end. To set it puts the same value
 * on another lease; to remove it puts the value on none.
 */
#include "fs/lock/ttl.h"

#include "fs/file/publish.h"
#include "fs/lock/ttl_seconds.h"
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/request/mutation.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/xattr.h>

/* --- Reading ------------------------------------------------------------------------------ */

/* At least so much is left: etcd rounds down. It is what was asked for, since a lease is granted
 * for a second more (ttl.h). */
static void got_left(void *arg, int error, const struct etcd_reply *reply)
{
	CLEANUP(buf) struct buf text = {0};
	int64_t left_s = reply->ttl_s ? reply->ttl_s : 1;
	struct op *op = arg;

	if (!error && !reply->granted_ttl_s)
		error = -ENODATA; /* it ends now */
	if (!error)
		error = buf_printf(&text, "%" PRId64, left_s);
	ops_end_with_bytes(op, error, &text);
}

void ops_ttl_get(struct op *op, int error)
{
	CLEANUP(value_unref) struct value *value = NULL;
	int r = error ? error : mirror_value(op_fs(op)->mirror, ops_xattr_node(op), &value);

	if (r == -EISDIR || (r == 0 && !value_lease(value)))
		r = -ENODATA;
	if (r == 0)
		r = etcd_lease_time_to_live(
			op_fs(op)->etcd, value_lease(value), op_remaining_ms(op), got_left, op);
	if (r)
		op_reply(op, r);
}

/* --- Setting and removing ----------------------------------------------------------------- */

/* op->setxattr_flags as of setxattr(2); to remove is to replace by nothing. */
static int refusal_of(const struct op *op, const struct value *value)
{
	bool is_there = value_lease(value) != 0;

	if (!value->create_revision)
		return -EAGAIN; /* a draft whose maker could not make it */
	if (is_there && op->setxattr_flags & XATTR_CREATE)
		return -EEXIST;
	return !is_there && op->setxattr_flags & XATTR_REPLACE ? -ENODATA : 0;
}

static int ttl_prepare(struct op *op, struct txn *txn)
{
	CLEANUP(value_unref) struct value *value = NULL;
	CLEANUP(buf) struct buf key = {0};
	struct mirror *mirror = op_fs(op)->mirror;
	uint64_t id = mirror_heir(mirror, op->id);
	int r = mirror_value(mirror, id, &value);

	if (r == 0)
		r = refusal_of(op, value);
	if (r == 0)
		r = mirror_key(mirror, id, &key);
	if (r < 0)
		return r;
	op->mutation->needs_lease = op->lease != 0;
	txn_expect(txn, buf_bytes(&key), ETCD_COMPARE_MOD, ETCD_COMPARE_EQUAL, value->mod_revision);
	txn_put(txn, buf_bytes(&key), value_bytes(value), op->lease);
	return 0;
}

static void ttl_made(struct op *op, int error);

static void ttl_done(struct op *op, int error)
{
	if (error != ETCD_E_NO_LEASE || op->given_up) {
		op_reply(op, error);
		return;
	}
	ttl_gone(&op_fs(op)->ttls, op->lease);
	ttl_made(op, 0);
}

static void ttl_leased(struct op *op, int error)
{
	if (error)
		op_reply(op, error);
	else
		mutation_run(&op_fs(op)->mutations, op, ttl_prepare, ttl_done);
}

static void ttl_made(struct op *op, int error)
{
	if (error || !op->ttl_s)
		ttl_leased(op, error);
	else
		ttl_take(&op_fs(op)->ttls, op, op->ttl_s, ttl_leased);
}

/* A file that is only here gets its key first. */
static void ttl_settled(struct op *op, int error)
{
	struct fs *fs = op_fs(op);
	struct mirror_info info;

	if (!error && mirror_info(fs->mirror, op->id, &info) == 0 && info.draft)
		publish_make(&fs->publisher, op, op->id, ttl_made);
	else
		ttl_made(op, error);
}

static void ttl_change(fuse_req_t req, fuse_ino_t id, int64_t seconds, int flags)
{
	struct fs *fs = ops_fs(req);
	struct op *op;

	if (supervisor_link_unavailable(&fs->supervisor)) {
		fuse_reply_err(req, ETIMEDOUT);
		return;
	}
	op = op_new(&fs->requests, req, id);
	if (!op)
		return;
	op->ttl_s = seconds;
	op->setxattr_flags = flags;
	publish_start_fresh(&fs->publisher, op, ttl_settled);
}

void ops_ttl_set(fuse_req_t req, fuse_ino_t id, const char *value, size_t size, int flags)
{
	int64_t seconds = ttl_parse(value, size);

	if (supervisor_link_is_read_only(&ops_fs(req)->supervisor))
		fuse_reply_err(req, EROFS);
	else if (!seconds)
		fuse_reply_err(req, EINVAL);
	else
		ttl_change(req, id, seconds, flags);
}

void ops_ttl_remove(fuse_req_t req, fuse_ino_t id)
{
	ttl_change(req, id, 0, XATTR_REPLACE);
}
