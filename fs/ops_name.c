/* Changes of names: mkdir, unlink, rmdir, rename. Each is one transaction (mutation.h). */
#include "fs/fs_private.h"
#include "fs/key.h"
#include "fs/mutation.h"
#include "fs/ops.h"
#include "fs/ops_touch.h"
#include "fs/special.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Takes the request as an op on @name in @dir; NULL: it has been answered. */
static struct op *name_op(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	struct op *op;

	if (ops_refuse_change(req, dir, name))
		return NULL;
	op = op_new(ops_fs(req), req, dir);
	return op && op_set_name(op, name) ? op : NULL;
}

/* --- mkdir --- */

static int mkdir_prepare(struct op *op, struct change *change)
{
	struct mirror *mirror = op->fs->mirror;
	CLEANUP(buf) struct buf key = {0};
	CLEANUP(buf) struct buf marker = {0};
	struct mirror_info info;
	int r = mirror_lookup(mirror, op->id, op->name, 0, &info);

	if (r != -ENOENT)
		return r == 0 ? -EEXIST : r;
	if (strcmp(op->name, KEY_VALUE_NAME) == 0)
		return -EINVAL;
	r = mirror_child_key(mirror, op->id, op->name, &key);
	if (r == 0)
		r = buf_append_bytes(&marker, buf_bytes(&key));
	if (r == 0)
		r = buf_append_byte(&marker, '/');
	if (r < 0)
		return r;
	change_expect_none(change, buf_bytes(&key));
	change_expect_no_dir(change, buf_bytes(&key));
	change_put(change, buf_bytes(&marker), (struct bytes){0}, 0);
	return change_in_dir(op, change, op->id);
}

void ops_mkdir(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode)
{
	struct op *op;

	(void)mode;
	if (ops_touch_mkdir(req, dir, name))
		return;
	op = name_op(req, dir, name);
	if (op)
		mutation_start(op, mkdir_prepare, ops_reply_made);
}

/* --- unlink --- */

static int unlink_prepare(struct op *op, struct change *change)
{
	struct mirror *mirror = op->fs->mirror;
	CLEANUP(buf) struct buf key = {0};
	struct mirror_info info;
	int r = mirror_lookup(mirror, op->id, op->name, 0, &info);

	if (r == 0)
		r = mirror_key(mirror, info.id, &key);
	if (r < 0)
		return r;
	mutation_dooms(op, info.id);
	change_expect_there(change, buf_bytes(&key));
	change_delete(change, buf_bytes(&key));
	return change_from_dir(op, change, op->id, op->name, buf_bytes(&key));
}

void ops_unlink(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	struct op *op;

	if (ops_touch_remove(req, dir, name, false))
		return;
	op = name_op(req, dir, name);
	if (op)
		mutation_start(op, unlink_prepare, op_reply);
}

/* --- rmdir --- */

/* Nothing but the marker in it, neither now nor when etcd looks. */
static int rmdir_change(struct op *op, struct change *change, struct bytes marker)
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
	change_expect_there(change, marker);
	change_expect_none_between(change, buf_bytes(&first), buf_bytes(&end));
	change_delete(change, marker);
	return change_from_dir(op, change, op->id, op->name, marker);
}

static int rmdir_prepare(struct op *op, struct change *change)
{
	struct mirror *mirror = op->fs->mirror;
	CLEANUP(mirror_names_free) struct mirror_names *names = NULL;
	struct mirror_dir dir;
	struct mirror_info info;
	int r = mirror_lookup(mirror, op->id, op->name, 0, &info);

	if (r == 0)
		r = mirror_names(mirror, info.id, &names);
	if (r == 0 && names->n_names)
		r = -ENOTEMPTY;
	if (r == 0)
		r = mirror_dir(mirror, info.id, NULL, &dir);
	if (r < 0)
		return r;
	r = rmdir_change(op, change, buf_bytes(&dir.key));
	mirror_dir_fini(&dir);
	return r;
}

void ops_rmdir(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	struct op *op;

	if (ops_touch_remove(req, dir, name, true))
		return;
	op = name_op(req, dir, name);
	if (op)
		mutation_start(op, rmdir_prepare, op_reply);
}

/* --- rename --- */

/* What is at the new name: 0 when it can be replaced, or is not there. */
static int rename_target(struct op *op, struct change *change, struct bytes key)
{
	struct mirror_info info;
	int r = mirror_lookup(op->fs->mirror, op->new_id, op->new_name, 0, &info);

	if (r == 0 && info.is_dir)
		return -EISDIR;
	if (r == 0 && (op->flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (r < 0 && r != -ENOENT)
		return r;
	if (r == -ENOENT)
		change_expect_none(change, key);
	else
		mutation_dooms(op, info.id);
	if (strcmp(op->new_name, KEY_VALUE_NAME) != 0)
		change_expect_no_dir(change, key);
	return 0;
}

static int rename_change(struct op *op, struct change *change, const struct value *value,
	struct bytes from, struct bytes to)
{
	int r;

	change_expect(change, from, ETCD_COMPARE_MOD, ETCD_COMPARE_EQUAL, value->mod_revision);
	change_put(change, to, value_bytes(value), value->lease);
	change_delete(change, from);
	r = op->new_id != op->id ? change_in_dir(op, change, op->new_id) : 0;
	return r < 0 || op->new_id == op->id ? r
					     : change_from_dir(op, change, op->id, op->name, from);
}

static int rename_prepare(struct op *op, struct change *change)
{
	struct mirror *mirror = op->fs->mirror;
	CLEANUP(value_unref) struct value *value = NULL;
	CLEANUP(buf) struct buf from = {0};
	CLEANUP(buf) struct buf to = {0};
	struct mirror_info info;
	int r = mirror_lookup(mirror, op->id, op->name, 0, &info);

	if (r == 0)
		r = info.is_dir ? -EXDEV : mirror_value(mirror, info.id, &value);
	if (r == 0)
		r = mirror_key(mirror, info.id, &from);
	if (r == 0)
		r = mirror_child_key(mirror, op->new_id, op->new_name, &to);
	if (r == 0 && bytes_equal(buf_bytes(&from), buf_bytes(&to)))
		return MUTATION_NOTHING;
	if (r == 0)
		r = rename_target(op, change, buf_bytes(&to));
	if (r == 0)
		r = rename_change(op, change, value, buf_bytes(&from), buf_bytes(&to));
	if (r == 0 && change_error(change) == 0)
		mutation_move(op, change->ops[1].key, change->ops[0].key);
	return r;
}

/* The mirror tells nobody that a node has moved: the kernel has done it. But not if it was told
 * that it failed. */
static void rename_done(struct op *op, int error)
{
	struct invalidate *invalidate = &op->fs->invalidate;

	invalidate_add(invalidate, op->id, NULL);
	invalidate_add(invalidate, op->new_id, NULL);
	if (op->given_up) {
		invalidate_add(invalidate, op->id, op->name);
		invalidate_add(invalidate, op->new_id, op->new_name);
	}
	op_reply(op, error);
}

void ops_rename(fuse_req_t req, fuse_ino_t dir, const char *name, fuse_ino_t new_dir,
	const char *new_name, unsigned flags)
{
	struct op *op;

	if (flags & ~RENAME_NOREPLACE) {
		fuse_reply_err(req, EINVAL);
		return;
	}
	if (ops_refuse_change(req, new_dir, new_name))
		return;
	op = name_op(req, dir, name);
	if (!op || !op_set_new_name(op, new_name))
		return;
	op->new_id = new_dir;
	op->flags = flags;
	mutation_start(op, rename_prepare, rename_done);
}

/* --- What etcd has no place for --- */

void ops_symlink(fuse_req_t req, const char *target, fuse_ino_t dir, const char *name)
{
	(void)target, (void)dir, (void)name;
	fuse_reply_err(req, EPERM);
}

void ops_link(fuse_req_t req, fuse_ino_t id, fuse_ino_t dir, const char *name)
{
	(void)id, (void)dir, (void)name;
	fuse_reply_err(req, EPERM);
}
