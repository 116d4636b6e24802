/*
 * Locks of DIR/.etcd/lock: as those of a file (ops_lock.c), but that nothing is published or read
 * by that file. The node of such a lock is DIR, which cannot be locked itself, and its key that of
 * DIR's marker, so that a lock of the file DIR is another.
 */
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"

#include <errno.h>
#include <fcntl.h>

/* The key of the directory's marker; nothing for the root, which has none. */
static int dir_key(struct op *op)
{
	struct mirror_dir dir;
	int r = mirror_dir(op_fs(op)->mirror, op->id, &dir);

	if (r < 0)
		return r == -EINVAL ? -EOPNOTSUPP : r; /* of a cut name: etcd has nothing to lock */
	if (!dir.is_root)
		r = buf_append_bytes(&op->data, buf_bytes(&dir.key));
	mirror_dir_fini(&dir);
	return r;
}

static void lock_begin(struct op *op, int error)
{
	if (!error)
		error = dir_key(op);
	if (error)
		op_reply(op, error);
	else
		locks_take(&op_fs(op)->locks, op, buf_bytes(&op->data), op_reply);
}

static void unlock_begin(struct op *op, int error)
{
	(void)error;
	locks_unlock(&op_fs(op)->locks, op, op_reply);
}

static void test_fresh(struct op *op, int error)
{
	if (!error)
		error = dir_key(op);
	ops_lock_test(op, error);
}

/* NULL: the request has been answered. What cannot be locked is not locked, so to unlock it is no
 * error. */
static struct op *dir_op(fuse_req_t req, fuse_ino_t id, const struct fuse_file_info *file,
	const struct op_lock *lock, bool unlocks)
{
	struct fs *fs = ops_fs(req);
	struct ctldir_node node;
	int r = ctldir_info(&fs->ctldir, id, &node);
	struct op *op;

	if (r == 0 && node.kind != CTLDIR_LOCK)
		r = -EOPNOTSUPP;
	if (r < 0) {
		fuse_reply_err(req, unlocks ? 0 : -r);
		return NULL;
	}
	op = op_new(&fs->requests, req, node.dir);
	if (!op)
		return NULL;
	op->file = *file;
	op->lock = *lock;
	op->lock.below = true;
	op->lock.node = id;
	op->lock.pid = fuse_req_ctx(req)->pid;
	op->patient = lock->waits;
	return op;
}

static void lock_start(fuse_req_t req, fuse_ino_t id, const struct fuse_file_info *file,
	const struct op_lock *lock, bool unlocks)
{
	struct op *op;

	if (!unlocks && supervisor_link_is_read_only(&ops_fs(req)->supervisor)) {
		fuse_reply_err(req, EROFS);
		return;
	}
	op = dir_op(req, id, file, lock, unlocks);
	if (!op)
		return;
	lock_file_set_locked(file);
	op_start(op, unlocks ? unlock_begin : lock_begin);
}

void ops_ctldir_flock(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, int operation)
{
	struct op_lock lock;
	bool unlocks;

	if (ops_lock_of_flock(file, operation, &lock, &unlocks))
		lock_start(req, id, file, &lock, unlocks);
	else
		fuse_reply_err(req, EINVAL);
}

void ops_ctldir_setlk(
	fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, struct flock *lock, int wait)
{
	struct op_lock wish = ops_lock_of_fcntl(file, lock);
	bool unlocks = lock->l_type == F_UNLCK;

	wish.waits = wait && !unlocks;
	lock_start(req, id, file, &wish, unlocks);
}

void ops_ctldir_getlk(
	fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, struct flock *lock)
{
	struct op_lock wish = ops_lock_of_fcntl(file, lock);
	struct op *op = dir_op(req, id, file, &wish, false);

	if (op)
		barrier_start(&ops_fs(req)->barrier, op, test_fresh);
}

/* --- The close of a descriptor --- */

static void flush_begin(struct op *op, int error)
{
	bool lost = lock_file_lost(&op->file);

	(void)error;
	op->lock.error = lost ? -EIO : 0;
	locks_drop(&op_fs(op)->locks, op, ops_lock_flushed);
}

void ops_lock_dir_flush(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	struct op_lock lock = {.kind = LOCK_FCNTL, .owner = file->lock_owner, .last = RANGE_END};
	struct op *op;

	if (!lock_file_is_locked(file)) {
		fuse_reply_err(req, 0);
		return;
	}
	op = dir_op(req, id, file, &lock, false);
	if (op)
		op_start(op, flush_begin);
}

void ops_lock_dir_release(void *arg, uint64_t dir, uint64_t file)
{
	struct fs *fs = arg;

	locks_release(&fs->locks, dir, file);
}
