/* MKDIR, UNLINK and RMDIR: each is one transaction (mutation.h). */
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/request/mutation.h"
#include "fs/request/txn_dir.h"
#include "fs/request/txn_meta.h"
#include "fs/tree/key.h"

#include <errno.h>
#include <string.h>

struct op *ops_name_op(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	struct op *op;

	if (ops_refuse_change(req, dir, name))
		return NULL;
	op = op_new(&ops_fs(req)->requests, req, dir);
	return op && op_set_name(op, name) ? op : NULL;
}

/* --- mkdir --- */

/* The name is a part of a long name (tree_long_name.c): this mount alone keeps the directory,
 * because etcd has no key for it. */
static int mkdir_keep(struct op *op)
{
	int r = mirror_keep(op_fs(op)->mirror, op->id, op->name);

	return r < 0 ? r : MUTATION_NOTHING;
}

static int mkdir_prepare(struct op *op, struct txn *txn)
{
	struct mirror *mirror = op_fs(op)->mirror;
	CLEANUP(buf) struct buf key = {0};
	CLEANUP(buf) struct buf inside = {0};
	CLEANUP(buf) struct buf marker = {0};
	struct mirror_info info;
	int r = mirror_lookup(mirror, op->id, op->name, 0, &info);

	if (r != -ENOENT)
		return r == 0 ? -EEXIST : r;
	if (strcmp(op->name, KEY_VALUE_NAME) == 0)
		return -EINVAL;
	r = txn_beside_marker(op, op->id, op->name);
	if (r == 0)
		r = mirror_child_key(mirror, op->id, op->name, &key);
	if (r == -EINVAL && op->fresh)
		return mkdir_keep(op);
	if (r == 0)
		r = buf_printf(&inside, "%s/%s%c", op->name, KEY_EMPTY_NAME, 0);
	if (r == 0)
		r = mirror_child_key(mirror, op->id, (char *)inside.data, &marker);
	if (r < 0)
		return r;
	txn_expect_none(txn, buf_bytes(&key));
	txn_expect_no_dir(txn, buf_bytes(&key));
	txn_put(txn, buf_bytes(&marker), (struct bytes){0}, 0);
	r = txn_meta_make(op, txn, buf_bytes(&marker));
	return r < 0 ? r : txn_in_dir(op, txn, op->id);
}

void ops_key_mkdir(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode)
{
	struct op *op = ops_name_op(req, dir, name);

	if (!op)
		return;
	ops_set_keeps(op, mode, true);
	mutation_start(&op_fs(op)->mutations, op, mkdir_prepare, ops_reply_made);
}

/* --- unlink --- */

/* Requires that it still is a file when etcd evaluates: "a" is none any more once "a/b" exists. */
static int unlink_from(struct op *op, struct txn *txn, struct bytes key)
{
	if (strcmp(op->name, KEY_VALUE_NAME) == 0)
		return txn_in_dir(op, txn, op->id);
	txn_expect_file(op, txn, key);
	return txn_key_from_dir(op, txn, op->id, op->name, key);
}

static int unlink_prepare(struct op *op, struct txn *txn)
{
	struct mirror *mirror = op_fs(op)->mirror;
	CLEANUP(buf) struct buf key = {0};
	struct mirror_info info;
	int r = mirror_lookup(mirror, op->id, op->name, 0, &info);

	if (r == 0)
		r = mirror_key(mirror, info.id, &key);
	if (r < 0)
		return r;
	mutation_dooms(op, info.id);
	txn_expect_there(txn, buf_bytes(&key));
	txn_delete(txn, buf_bytes(&key));
	r = txn_meta_drop(op, txn, buf_bytes(&key));
	return r < 0 ? r : unlink_from(op, txn, buf_bytes(&key));
}

/* What has no key is gone when this mount forgets it. */
static void unlink_draft_fresh(struct op *op, int error)
{
	struct fs *fs = op_fs(op);
	uint64_t id = op->id;

	op->id = op->new_id;
	if (error || mirror_drop_draft(fs->mirror, id)) {
		op_reply(op, error);
		turns_end(&fs->publisher.turns, id, TURN_ALONE);
	} else {
		turns_end(&fs->publisher.turns, id, TURN_ALONE);
		mutation_run(&fs->mutations, op, unlink_prepare, op_reply);
	}
}

static void unlink_draft_turn(struct op *op, int error)
{
	if (error)
		op_reply(op, error);
	else
		barrier_join(&op_fs(op)->barrier, op, unlink_draft_fresh);
}

/* Not while it is being published: that might make the key behind this. */
static void unlink_start(struct op *op, int error)
{
	struct fs *fs = op_fs(op);
	struct mirror_info info;

	(void)error;
	if (mirror_lookup(fs->mirror, op->id, op->name, 0, &info) < 0 || !info.draft) {
		mutation_run(&fs->mutations, op, unlink_prepare, op_reply);
		return;
	}
	op->new_id = op->id;
	op->id = info.id;
	turns_take(&fs->publisher.turns, op, TURN_ALONE, unlink_draft_turn);
}

void ops_key_unlink(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	struct op *op = ops_name_op(req, dir, name);

	if (op)
		op_start(op, unlink_start);
}

/* --- rmdir --- */

/* Requires that the marker is the only key in it, now and when etcd evaluates. */
static int rmdir_change(struct op *op, struct txn *txn, struct bytes marker)
{
	CLEANUP(buf) struct buf first = {0};
	CLEANUP(buf) struct buf end = {0};
	int r = buf_append_bytes(&first, marker);

	if (r == 0)
		r = buf_append_byte(&first, 0);
	if (r == 0)
		r = etcd_prefix_end(marker, &end);
	if (r < 0)
		return r;
	txn_expect_there(txn, marker);
	txn_expect_none_between(txn, buf_bytes(&first), buf_bytes(&end));
	txn_delete(txn, marker);
	r = txn_meta_drop(op, txn, marker);
	return r < 0 ? r : txn_key_from_dir(op, txn, op->id, op->name, marker);
}

static int rmdir_prepare(struct op *op, struct txn *txn)
{
	struct mirror *mirror = op_fs(op)->mirror;
	struct mirror_dir dir;
	struct mirror_info info;
	int r = mirror_lookup(mirror, op->id, op->name, 0, &info);

	if (r == 0)
		r = mirror_is_empty(mirror, info.id);
	if (r == 0)
		r = mirror_dir(mirror, info.id, &dir);
	if (r == -EINVAL && op->fresh) {
		r = mirror_unkeep(mirror, info.id);
		return r < 0 ? r : MUTATION_NOTHING;
	}
	if (r < 0)
		return r;
	mutation_dooms(op, info.id);
	r = rmdir_change(op, txn, buf_bytes(&dir.key));
	mirror_dir_fini(&dir);
	return r;
}

void ops_key_rmdir(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	struct op *op = ops_name_op(req, dir, name);

	if (op)
		mutation_start(&op_fs(op)->mutations, op, rmdir_prepare, op_reply);
}
