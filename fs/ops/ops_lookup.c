/* LOOKUP and FORGET of keys. */
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/request/attr.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static void lookup_fresh(struct op *op, int error)
{
	struct fs *fs = op_fs(op);
	struct fuse_entry_param entry;
	struct mirror_info info;
	int r = error ? error : mirror_lookup(fs->mirror, op->id, op->name, 1, &info);

	if (r) {
		op_reply(op, r);
		return;
	}
	ops_entry_of_child(fs, op->id, &info, &entry);
	if (op->req)
		walks_give(&fs->requests.walks, fuse_req_ctx(op->req)->pid, info.id, op->fresh);
	if (!op_reply_entry(op, &entry))
		mirror_unpin(fs->mirror, info.id, 1);
}

/* The kernel may keep the answer that a name does not exist, like that for a name that does. */
static void lookup_missing(struct fs *fs, fuse_req_t req, fuse_ino_t dir, int error)
{
	struct fuse_entry_param none = {.entry_timeout = keep_name(fs->config, fs->mirror, dir)};

	if (error == -ENOENT)
		walks_missing(&fs->requests.walks, fuse_req_ctx(req)->pid);
	if (error == -ENOENT && none.entry_timeout)
		fuse_reply_entry(req, &none);
	else
		fuse_reply_err(req, -error);
}

/* Whether a node may be the answer without a barrier. A dead node that is open here is answered for
 * if it is asked for by a descriptor, so the requests that follow must show whether they came to it
 * by this LOOKUP. Those of a thread without a number (0) do not. Nor do those for a file that is
 * open: a call that ends with this LOOKUP (EEXIST) and then an fstat(2) look the same as a stat(2).
 * So these are confirmed first. (Not so a directory: each path through it would cost a barrier.) */
static bool may_give(struct fs *fs, fuse_req_t req, const struct mirror_info *info)
{
	pid_t thread = fuse_req_ctx(req)->pid;
	bool kept = walks_give(&fs->requests.walks, thread, info->id, false);

	if (info->handles && (!thread || !info->is_dir))
		return false;
	return kept || !thread;
}

/*
 * A name that exists needs no barrier: the open or getattr that follows has one, and finds out if
 * the node is gone (gone.h). Two exceptions: where the kernel checks modes (walk.h), and while a
 * rename of this mount is under way, because then the node would be found alive under its new name.
 * Where reads need no barrier at all, the mirror's answer is enough.
 */
static bool lookup_at_once(struct fs *fs, fuse_req_t req, fuse_ino_t dir, const char *name)
{
	bool needless = barrier_is_needless(&fs->barrier), give;
	struct fuse_entry_param entry;
	struct mirror_info info;
	int r = mirror_lookup(fs->mirror, dir, name, 1, &info);

	if (r < 0) {
		if (!needless || r == -ESTALE)
			return false;
		lookup_missing(fs, req, dir, r);
		return true;
	}
	give = may_give(fs, req, &info) && !mirror_expects_move(fs->mirror) &&
	       !fs->requests.walks.checked;
	if (!give && !needless) {
		mirror_unpin(fs->mirror, info.id, 1);
		return false;
	}
	ops_entry_of_child(fs, dir, &info, &entry);
	if (fuse_reply_entry(req, &entry) < 0)
		mirror_unpin(fs->mirror, info.id, 1);
	return true;
}

void ops_key_lookup(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	struct fs *fs = ops_fs(req);
	struct op *op;

	/* ENAMETOOLONG rather than ENOENT: no such name can exist. */
	if (strlen(name) > NAME_MAX) {
		fuse_reply_err(req, ENAMETOOLONG);
		return;
	}
	if (lookup_at_once(fs, req, dir, name))
		return;
	op = op_new(&fs->requests, req, dir);
	if (op && op_set_name(op, name))
		barrier_start_read(&op_fs(op)->barrier, op, lookup_fresh);
}

void ops_key_forget(fuse_req_t req, fuse_ino_t id, uint64_t count)
{
	if (id >= KEY_FIRST_ID)
		mirror_unpin(ops_fs(req)->mirror, id, count);
	fuse_reply_none(req);
}
