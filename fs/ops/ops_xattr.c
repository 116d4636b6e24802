/*
 * Extended attributes: those that show etcd's data of a key can be read. One can be set; it
 * replaces the value only if nobody has changed it since. FUSE does not tell through which
 * descriptor an attribute is set, so the expected revision is in the attribute's name and the new
 * value is its value: one call, and no state.
 *
 * Other names are answered at once, because the kernel and many programs ask for attributes of
 * their own; those outside of "user." never get here (ops_table.c).
 */
#include "fs/control/locks_text.h"
#include "fs/file/publish.h"
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/request/gone.h"
#include "fs/request/mutation.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#define NAMESPACE "user.etcd."
#define EXPECT NAMESPACE "expect."

enum xattr {
	XATTR_KEY,
	XATTR_MOD_REVISION,
	XATTR_CREATE_REVISION,
	XATTR_VERSION,
	XATTR_LEASE,
	XATTR_TTL,
	XATTR_LOCK_NAME,
	XATTRS_,
};

static const char *const xattr_names[] = {
	[XATTR_KEY] = NAMESPACE "key",
	[XATTR_MOD_REVISION] = NAMESPACE "mod_revision",
	[XATTR_CREATE_REVISION] = NAMESPACE "create_revision",
	[XATTR_VERSION] = NAMESPACE "version",
	[XATTR_LEASE] = NAMESPACE "lease",
	[XATTR_TTL] = NAMESPACE "ttl",
	[XATTR_LOCK_NAME] = NAMESPACE "lock_name",
};

/* XATTRS_: there is no such attribute. */
static enum xattr xattr_by_name(const char *name)
{
	enum xattr i = 0;

	while (i < XATTRS_ && strcmp(name, xattr_names[i]) != 0)
		i++;
	return i;
}

void ops_reply_bytes(fuse_req_t req, struct bytes bytes, size_t size)
{
	if (!size)
		fuse_reply_xattr(req, bytes.len);
	else if (bytes.len > size)
		fuse_reply_err(req, ERANGE);
	else
		fuse_reply_buf(req, (const char *)bytes.data, bytes.len);
}

void ops_end_with_bytes(struct op *op, int error, const struct buf *bytes)
{
	fuse_req_t req = error ? NULL : op_take_req(op);

	if (req)
		ops_reply_bytes(req, buf_bytes(bytes), op->getxattr.size);
	op_reply(op, error);
}

/* --- What there is --- */

/* The node whose attributes are asked for; if it is gone, the one that has its name now. */
uint64_t ops_xattr_node(const struct op *op)
{
	uint64_t id = mirror_heir(op_fs(op)->mirror, op->id);
	struct mirror_info info;

	if (gone_within_call(op) && mirror_successor(op_fs(op)->mirror, id, &info) == 0)
		id = info.id;
	return id;
}

/* A directory stands for the keys that begin with its own. */
static int render_dir(struct mirror *mirror, uint64_t id, enum xattr which, struct buf *ret)
{
	struct mirror_dir dir;
	int r = which == XATTR_KEY ? mirror_dir(mirror, id, &dir) : -ENODATA;

	if (r < 0)
		return r == -EINVAL ? -ENODATA : r;
	r = dir.key.len ? buf_append_bytes(ret, buf_bytes(&dir.key)) : -ENODATA;
	mirror_dir_fini(&dir);
	return r;
}

static int render_number(int64_t number, struct buf *ret)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, number);
	return number ? buf_append_bytes(ret, bytes_of(text)) : -ENODATA;
}

static int render_lock_name(struct mirror *mirror, uint64_t id, struct buf *ret)
{
	CLEANUP(buf) struct buf key = {0};
	int r = mirror_key(mirror, id, &key);

	return r < 0 ? r : locks_text_name(mirror, buf_bytes(&key), ret);
}

static int render(struct mirror *mirror, uint64_t id, enum xattr which, struct buf *ret)
{
	CLEANUP(value_unref) struct value *value = NULL;
	int r = mirror_value(mirror, id, &value);

	if (r == -EISDIR)
		return render_dir(mirror, id, which, ret);
	if (r < 0)
		return r;
	switch (which) {
	case XATTR_KEY:
		return mirror_key(mirror, id, ret);
	case XATTR_MOD_REVISION:
		return render_number(value->mod_revision, ret);
	case XATTR_CREATE_REVISION:
		return render_number(value->create_revision, ret);
	case XATTR_VERSION:
		return render_number(value->version, ret);
	case XATTR_LOCK_NAME:
		return render_lock_name(mirror, id, ret);
	default:
		return render_number(value_lease(value), ret);
	}
}

int ops_xattr_of(
	struct mirror *mirror, struct bytes prefix, uint64_t id, const char *name, struct buf *ret)
{
	enum xattr which = xattr_by_name(name);

	if (which == XATTRS_ || which == XATTR_TTL || which == XATTR_LOCK_NAME ||
		(id == ROOT_ID && (which != XATTR_KEY || !prefix.len)))
		return -ENODATA;
	return id == ROOT_ID ? buf_append_bytes(ret, prefix) : render(mirror, id, which, ret);
}

/* --- getxattr --- */

static void getxattr_settled(struct op *op, int error)
{
	CLEANUP(buf) struct buf text = {0};
	int r = error ? error
		      : render(op_fs(op)->mirror, ops_xattr_node(op), op->getxattr.which, &text);

	ops_end_with_bytes(op, r, &text);
}

/* Starts an op that ends with bytes, for a caller whose buffer has @size bytes. */
static void start_reading(fuse_req_t req, fuse_ino_t id, enum xattr which, size_t size, op_fn *next)
{
	struct op *op = op_new(&ops_fs(req)->requests, req, id);

	if (!op)
		return;
	op->getxattr.which = which;
	op->getxattr.size = size;
	publish_start_fresh(&op_fs(op)->publisher, op, next);
}

void ops_key_getxattr(fuse_req_t req, fuse_ino_t id, const char *name, size_t size)
{
	enum xattr which = xattr_by_name(name);

	if (ops_lock_getxattr(req, id, name, size))
		return;
	if (which == XATTRS_)
		fuse_reply_err(req, ENODATA);
	else if (id == ROOT_ID && which == XATTR_KEY && ops_fs(req)->config->prefix.len)
		ops_reply_bytes(req, ops_fs(req)->config->prefix, size); /* whatever etcd does */
	else if (id == ROOT_ID)
		fuse_reply_err(req, ENODATA);
	else
		start_reading(
			req, id, which, size, which == XATTR_TTL ? ops_ttl_get : getxattr_settled);
}

/* --- listxattr --- */

/* The list is empty: a program that lists attributes wants to copy them, or to set them again, and
 * these cannot be set. A program that knows their names can read them. */
void ops_listxattr(fuse_req_t req, fuse_ino_t id, size_t size)
{
	(void)id;
	ops_reply_bytes(req, (struct bytes){0}, size);
}

/* --- setxattr, removexattr --- */

/* op->data has the new value. */
static int expect_prepare(struct op *op, struct txn *txn)
{
	CLEANUP(value_unref) struct value *value = NULL;
	CLEANUP(buf) struct buf key = {0};
	uint64_t id = mirror_heir(op_fs(op)->mirror, op->id);
	int r = mirror_value(op_fs(op)->mirror, id, &value);

	if (r == 0 && value->mod_revision != op->setxattr_revision)
		r = -ECANCELED;
	if (r == 0)
		r = mirror_key(op_fs(op)->mirror, id, &key);
	if (r < 0)
		return r;
	/* The kernel raises an event for the attribute, not for the value, so the notifier must. */
	op->mutation->unheard = true;
	txn_expect(
		txn, buf_bytes(&key), ETCD_COMPARE_MOD, ETCD_COMPARE_EQUAL, op->setxattr_revision);
	txn_put(txn, buf_bytes(&key), buf_bytes(&op->data), value_lease(value));
	return 0;
}

static void expect_done(struct op *op, int error)
{
	struct fs *fs = op_fs(op);
	uint64_t id = op->id;

	op_reply(op, error);
	turns_end(&fs->publisher.turns, id, TURN_ALONE);
}

/* Of many that expect the same revision at once, one succeeds, and the others need not send their
 * values. */
static void expect_turn(struct op *op, int error)
{
	CLEANUP(value_unref) struct value *value = NULL;
	struct mirror *mirror = op_fs(op)->mirror;

	if (error) {
		op_reply(op, error);
	} else if (mirror_value(mirror, mirror_heir(mirror, op->id), &value) == 0 &&
		   value->mod_revision == op->setxattr_revision) {
		mutation_run(&op_fs(op)->mutations, op, expect_prepare, expect_done);
	} else {
		turns_end(&op_fs(op)->publisher.turns, op->id, TURN_ALONE);
		mutation_run(&op_fs(op)->mutations, op, expect_prepare, op_reply);
	}
}

static void expect_start(struct op *op, int error)
{
	(void)error;
	turns_take(&op_fs(op)->publisher.turns, op, TURN_ALONE, expect_turn);
}

/* The revision that follows EXPECT in @name; 0: it is not one. */
static int64_t expected_revision(const char *name)
{
	const char *digits = name + strlen(EXPECT);
	char *end;
	int64_t revision;

	if (strncmp(name, EXPECT, strlen(EXPECT)) != 0 || !strchr("123456789", *digits) || !*digits)
		return 0;
	errno = 0;
	revision = strtoll(digits, &end, 10);
	return *end || errno ? 0 : revision;
}

/* The errno (positive) for which an attribute cannot be set; 0: it can. */
static int setxattr_refusal(struct fs *fs, const char *name, size_t size, int flags)
{
	if (supervisor_link_is_read_only(&fs->supervisor))
		return EROFS;
	if (strncmp(name, EXPECT, strlen(EXPECT)) != 0)
		return EOPNOTSUPP;
	if (!expected_revision(name))
		return EINVAL;
	if (flags & XATTR_REPLACE)
		return ENODATA;
	if (size > fs->config->max_value)
		return EFBIG;
	return supervisor_link_unavailable(&fs->supervisor) ? ETIMEDOUT : 0;
}

void ops_key_setxattr(
	fuse_req_t req, fuse_ino_t id, const char *name, const char *value, size_t size, int flags)
{
	struct fs *fs = ops_fs(req);
	int refusal;
	struct op *op;

	if (strcmp(name, xattr_names[XATTR_TTL]) == 0) {
		ops_ttl_set(req, id, value, size, flags);
		return;
	}
	refusal = setxattr_refusal(fs, name, size, flags);
	if (refusal) {
		fuse_reply_err(req, refusal);
		return;
	}
	op = op_new(&fs->requests, req, id);
	if (!op)
		return;
	op->setxattr_revision = expected_revision(name);
	if (buf_append_bytes(&op->data, (struct bytes){(const uint8_t *)value, size}) < 0)
		op_reply(op, -ENOMEM);
	else
		op_start(op, expect_start);
}

void ops_removexattr(fuse_req_t req, fuse_ino_t id, const char *name)
{
	if (ops_change_error(req, ops_kind(id)) == EROFS)
		fuse_reply_err(req, EROFS);
	else if (ops_kind(id) == OPS_KEY && strcmp(name, xattr_names[XATTR_TTL]) == 0)
		ops_ttl_remove(req, id);
	else
		fuse_reply_err(req, xattr_by_name(name) != XATTRS_ ? EOPNOTSUPP : ENODATA);
}
