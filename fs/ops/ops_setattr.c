/* SETATTR: sizes, times, modes and owners. */
#include "fs/file/handle.h"
#include "fs/file/publish.h"
#include "fs/file/view.h"
#include "fs/mirror/mirror_meta.h"
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/request/mutation.h"
#include "fs/request/permissions.h"
#include "fs/request/txn_meta.h"

#include <errno.h>
#include <string.h>

static void setattr_settled(struct op *op, int error)
{
	ops_reply_attr(op, error, false);
}

/* --- What is kept: times, modes and owners --- */

/* Times that the call does not set stay as they are shown. */
static void setattr_apply(struct op *op, const struct mirror_info *info, struct meta *meta)
{
	const struct times_wish *wish = &op->setattr.times;

	meta_change_apply(&op->setattr.change, meta);
	if (times_wish_any(wish) || (info->times_pending && !info->unpublished))
		meta_set_times(meta, wish->set_accessed ? wish->accessed : info->accessed,
			wish->set_modified ? wish->modified : info->modified, info->mod_revision);
}

/* Nothing can be kept for the node, so the times are this mount's own. */
static int keep_nowhere(struct op *op)
{
	if (op->setattr.change.has)
		return -EPERM;
	if (times_wish_any(&op->setattr.times))
		mirror_set_times(op_fs(op)->mirror, op->id, &op->setattr.times);
	return MUTATION_NOTHING;
}

static int keep_prepare(struct op *op, struct txn *txn)
{
	CLEANUP(mirror_meta) struct mirror_meta now = {0};
	CLEANUP(meta_free) struct meta *wanted = NULL;
	struct mirror *mirror = op_fs(op)->mirror;
	struct mirror_info info;
	int r = mirror_info(mirror, op->id, &info);

	if (r == 0)
		r = mirror_meta(mirror, op->id, &now);
	if (r < 0)
		return r == -EINVAL ? keep_nowhere(op) : r;
	wanted = meta_copy(now.meta);
	if (!wanted)
		return -ENOMEM;
	meta_change_apply(&now.pending, wanted);
	setattr_apply(op, &info, wanted);
	return meta_equal(wanted, now.meta) ? MUTATION_NOTHING
					    : txn_meta_change(op, txn, op->id, &now, wanted);
}

/* Whether what is set is kept with the next value: that of a draft, of a file that the caller has
 * made and not closed yet, or to which it has written what is not published yet. A file that is
 * gone keeps it until it is closed. */
static bool setattr_waits(struct op *op, const struct mirror_info *info)
{
	struct viewer viewer = {.pid = op->req ? fuse_req_ctx(op->req)->pid : 0};

	return info->draft || info->dead ||
	       ((info->unpublished || info->making) &&
		       view_publishes(&op_fs(op)->files, op->id, viewer));
}

static void setattr_kept(struct op *op, int error)
{
	struct turns_list *turns = &op_fs(op)->publisher.turns;
	uint64_t id = op->id;

	if (!error)
		mirror_end_pending(op_fs(op)->mirror, id);
	setattr_settled(op, error);
	turns_end(turns, id, TURN_ALONE);
}

/* Not while the file is published: what is set then belongs to the next value. */
static void setattr_turn(struct op *op, int error)
{
	struct fs *fs = op_fs(op);
	struct mirror_info info;
	uint64_t id = op->id;

	if (error) {
		setattr_settled(op, error);
	} else if (mirror_info(fs->mirror, id, &info) == 0 && setattr_waits(op, &info)) {
		mirror_add_pending(fs->mirror, id, &op->setattr.change, &op->setattr.times);
		setattr_settled(op, 0);
		turns_end(&fs->publisher.turns, id, TURN_ALONE);
	} else {
		mutation_run(&fs->mutations, op, keep_prepare, setattr_kept);
	}
}

/* Times belong to the value that unpublished writes become, whoever has written them. */
static void setattr_keep(struct op *op, int error)
{
	struct fs *fs = op_fs(op);
	struct times_wish *times = &op->setattr.times;
	struct mirror_info info;

	if (error || mirror_info(fs->mirror, op->id, &info) < 0) {
		setattr_settled(op, error);
		return;
	}
	if (times_wish_any(times) && (info.unpublished || !fs->config->metadata)) {
		mirror_set_times(fs->mirror, op->id, times);
		*times = (struct times_wish){0};
	}
	if (!fs->config->metadata || (!times_wish_any(times) && !op->setattr.change.set))
		setattr_settled(op, 0);
	else if (info.pending || setattr_waits(op, &info))
		turns_take(&fs->publisher.turns, op, TURN_ALONE, setattr_turn);
	else
		mutation_run(&fs->mutations, op, keep_prepare, setattr_settled);
}

/* --- Sizes --- */

/* truncate(2) opens the file for a moment. If the file is deleted meanwhile, the truncation still
 * succeeds, and an open node has attributes. */
static void truncate_done(struct op *op, int error)
{
	struct handle *handle = STEAL(op->handle);

	if (error)
		op_reply(op, error);
	else
		setattr_keep(op, 0);
	handle_free(handle);
}

static void truncate_settled(struct op *op, int error)
{
	struct fs *fs = op_fs(op);
	struct mirror_info info;
	int r = error;

	if (r == 0)
		r = handle_new(fs->mirror, &fs->publisher, op->id, MIRROR_GONE_FAIL, 0, &info,
			&op->handle);
	if (r == 0) {
		r = handle_truncate(op->handle, op->setattr.size, fs->config->max_value);
		if (r < 0)
			handle_free(STEAL(op->handle));
	}
	if (r)
		op_reply(op, r);
	else
		publish_run(op, truncate_done);
}

/* ftruncate(2), once the file is not being published. */
static void ftruncate_turn(struct op *op, int error)
{
	int r = error ? error
		      : handle_truncate(op->handle, op->setattr.size, op_fs(op)->config->max_value);

	if (r)
		op_reply(op, r);
	else
		setattr_keep(op, 0);
}

static void setattr_size(struct op *op, struct fuse_file_info *file)
{
	if (supervisor_link_is_read_only(&op_fs(op)->supervisor)) {
		op_reply(op, -EROFS);
	} else if (file) {
		op->handle = ops_handle(file);
		publish_start_await(op, ftruncate_turn);
	} else {
		publish_start_fresh(&op_fs(op)->publisher, op, truncate_settled);
	}
}

static struct times_wish times_wished(const struct stat *attr, int set)
{
	struct times_wish wish = {
		.set_accessed = set & (FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_ATIME_NOW),
		.set_modified = set & (FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_MTIME_NOW),
		.accessed = attr->st_atim,
		.modified = attr->st_mtim,
	};

	if (set & FUSE_SET_ATTR_ATIME_NOW)
		clock_gettime(CLOCK_REALTIME, &wish.accessed);
	if (set & FUSE_SET_ATTR_MTIME_NOW)
		clock_gettime(CLOCK_REALTIME, &wish.modified);
	return wish;
}

/* Returns true if EPERM was replied, because the mode or owner is not accepted. */
static bool setattr_refused(fuse_req_t req, fuse_ino_t id, const struct stat *attr, int set)
{
	struct fs *fs = ops_fs(req);
	struct mirror_info info;
	int r = mirror_info(fs->mirror, id, &info);

	if (r == 0)
		r = permissions_change(fs->config, &info, attr, set, fuse_req_ctx(req)->uid);
	if (set & FUSE_SET_ATTR_MODE)
		mirror_set_secret(fs->mirror, id,
			r == 0 && permissions_hide(fs->config, info.is_dir, attr->st_mode));
	if (r != -EPERM)
		return false;
	fuse_reply_err(req, EPERM);
	return true;
}

void ops_key_setattr(
	fuse_req_t req, fuse_ino_t id, struct stat *attr, int set, struct fuse_file_info *file)
{
	struct op *op;

	if (ops_refuse_change(req, id, NULL) || setattr_refused(req, id, attr, set))
		return;
	op = op_new(&ops_fs(req)->requests, req, id);
	if (!op)
		return;
	op->setattr.size = attr->st_size;
	op->setattr.times = times_wished(attr, set);
	op->setattr.change =
		permissions_kept(ops_fs(req)->config, S_ISDIR(attr->st_mode), attr, set);
	if (set & FUSE_SET_ATTR_SIZE)
		setattr_size(op, file);
	else
		publish_start_read(&op_fs(op)->publisher, op, setattr_keep);
}
