/*
 * The LOOKUP of a revision. What is loaded is answered at once. A revision that the mirror has not
 * reached may be there all the same, and a directory that is gone may have come back: so there the
 * LOOKUP passes a barrier first.
 */
#include "fs/control/past.h"

#include <errno.h>

static void entry_of_root(
	struct past *past, const struct past_tree *tree, struct fuse_entry_param *ret)
{
	struct mirror_info info;

	mirror_info(tree->mirror, tree->root, &info);
	past_entry(past, tree, &info, ret);
	ret->entry_timeout = PAST_NAME_SECONDS;
}

static void reply_root(struct past *past, struct op *op, struct past_tree *tree)
{
	struct fuse_entry_param entry;

	entry_of_root(past, tree, &entry);
	past_known(past, tree);
	if (op->req)
		walks_give(
			&past->requests->walks, fuse_req_ctx(op->req)->pid, entry.ino, op->fresh);
	if (!op_reply_entry(op, &entry))
		past_forget(past, entry.ino, 1);
}

static void lookup_loaded(struct op *op, int error)
{
	struct past_tree *tree = error ? NULL : past_load_tree(op->arg);

	if (error)
		op_reply(op, error);
	else
		reply_root(tree->past, op, tree);
}

/* The directory's tree, if it is loaded, referenced for the caller, or NULL. 0 or -errno. */
static int find_loaded(struct past *past, const struct mirror_range *range, int64_t revision,
	struct past_tree **ret)
{
	CLEANUP(buf) struct buf path = {0};
	int r = buf_append_bytes(&path, buf_bytes(&range->path));

	if (r == 0)
		r = buf_append_byte(&path, 0);
	*ret = r == 0 ? past_tree_at(past, (char *)path.data, revision) : NULL;
	return r;
}

static void lookup_current(struct op *op, int error)
{
	CLEANUP(past_tree_unref) struct past_tree *tree = NULL;
	struct past *past = op->arg;
	struct mirror_range range = {0};
	int r = error;

	if (r == 0 && op->past_revision > mirror_revision(past->mirror))
		r = -ENOENT;
	if (r == 0 && past->ending)
		r = -ENOTCONN;
	if (r == 0)
		r = mirror_range(past->mirror, op->id, &range);
	if (r == 0)
		r = find_loaded(past, &range, op->past_revision, &tree);
	if (r)
		op_reply(op, r);
	else if (tree)
		reply_root(past, op, tree);
	else
		past_load_join(past, op, &range, lookup_loaded);
	mirror_range_fini(&range);
}

/* What is loaded is answered at once. */
static bool lookup_at_once(struct past *past, fuse_req_t req, uint64_t dir, int64_t revision)
{
	CLEANUP(past_tree_unref) struct past_tree *tree = NULL;
	struct mirror_range range = {0};
	struct fuse_entry_param entry;

	if (mirror_range(past->mirror, dir, &range) < 0)
		return false;
	find_loaded(past, &range, revision, &tree);
	mirror_range_fini(&range);
	if (!tree)
		return false;
	entry_of_root(past, tree, &entry);
	past_known(past, tree);
	walks_give(&past->requests->walks, fuse_req_ctx(req)->pid, entry.ino, false);
	if (fuse_reply_entry(req, &entry) < 0)
		past_forget(past, entry.ino, 1);
	return true;
}

void past_lookup(struct past *past, fuse_req_t req, uint64_t dir, int64_t revision)
{
	struct mirror_info info;
	struct op *op;

	if (lookup_at_once(past, req, dir, revision))
		return;
	op = op_new(past->requests, req, dir);
	if (!op)
		return;
	op->past_revision = revision;
	op_then(op, lookup_current, past);
	if (revision <= mirror_revision(past->mirror) &&
		mirror_info(past->mirror, dir, &info) == 0 && !info.dead)
		op_start(op, NULL);
	else
		barrier_start(past->barrier, op, NULL);
}
