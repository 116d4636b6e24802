/*
 * flock(2), fcntl(2) locks, and their ends at a close. A lock is also when data are exchanged: who
 * is granted one sees the newest value by all descriptors, and who ends one has published what its
 * process has written.
 *
 * The kernel sends no unlock at a close. A process's fcntl(2) locks of a file end with the first
 * close of any descriptor of that file, whose FLUSH names the owner; those of flock(2) and of open
 * file descriptions end with the open file (RELEASE). A descriptor that is only open to read has no
 * FLUSH (FOPEN_NOFLUSH), so what a process has locked by it ends with its open file as well.
 */
#include "fs/file/publish.h"
#include "fs/file/view.h"
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

static struct lock_request *holder_of(struct op *op)
{
	return locks_holder(&op_fs(op)->locks, op->lock.kind, op->id, op->lock.owner);
}

/* --- What is published before a lock ends --- */

static void publish_own(struct op *op, int error);

static void own_published(struct op *op, int error)
{
	if (!op->lock.error)
		op->lock.error = error;
	if (error)
		op_next(op, 0);
	else
		publish_own(op, 0);
}

/* The open file whose edits are to be published next. flock(2) names the descriptor, the others
 * name the process. */
static struct handle *next_unpublished(struct op *op)
{
	struct viewer viewer = {.pid = op->lock.pid};
	struct handle *handle = ops_handle(&op->file);

	if (op->lock.kind == LOCK_FCNTL)
		viewer.owner = op->lock.owner;
	if (handle_unpublished(handle))
		return handle;
	return view_unpublished(&op_fs(op)->files, op->id, viewer);
}

/* One open file after the other, until nothing is left or one fails. When the op is answered early
 * its open file may be gone. */
static void publish_own(struct op *op, int error)
{
	struct handle *handle = op->req && holder_of(op) ? next_unpublished(op) : NULL;

	if (!handle || error) {
		op_next(op, error);
		return;
	}
	op->handle = handle;
	publish_run(op, own_published);
}

static void publish_then(struct op *op, op_fn *next)
{
	op_then(op, next, NULL);
	publish_own(op, 0);
}

/* --- Unlock --- */

static void unlock_done(struct op *op, int error)
{
	int lost = op->req ? handle_recover(ops_handle(&op->file)) : 0;

	if (op->lock.error)
		error = op->lock.error;
	op_reply(op, lost ? lost : error);
}

static void unlock_published(struct op *op, int error)
{
	(void)error;
	locks_unlock(&op_fs(op)->locks, op, unlock_done);
}

static void unlock_begin(struct op *op, int error)
{
	(void)error;
	publish_then(op, unlock_published);
}

/* --- Lock --- */

static void lock_done(struct op *op, int error)
{
	CLEANUP(value_unref) struct value *value = NULL;
	struct fs *fs = op_fs(op);

	if (!error && mirror_value(fs->mirror, op->id, &value) == 0)
		view_refresh(&fs->files, op->id, value);
	op_reply(op, error);
}

/* A file that is removed can only be locked on if its owner has it locked already. */
static void lock_begin(struct op *op, int error)
{
	struct fs *fs = op_fs(op);

	if (!holder_of(op))
		error = mirror_key(fs->mirror, op->id, &op->data);
	if (error)
		op_reply(op, error);
	else
		locks_take(&fs->locks, op, buf_bytes(&op->data), lock_done);
}

/* --- F_GETLK --- */

static void reply_lock(struct op *op, const struct range *range)
{
	struct flock lock = {.l_type = F_UNLCK};
	fuse_req_t req = op_take_req(op);

	if (range) {
		lock.l_type = range->exclusive ? F_WRLCK : F_RDLCK;
		lock.l_start = range->first;
		lock.l_len = range->last == RANGE_END ? 0 : range->last - range->first + 1;
		lock.l_pid = range->pid;
	}
	if (req)
		fuse_reply_lock(req, &lock);
	op_reply(op, 0);
}

void ops_lock_test(struct op *op, int error)
{
	struct range range;
	bool locked = false;

	if (!error)
		locked = locks_test(&op_fs(op)->locks, op, buf_bytes(&op->data), &range, &error);
	if (error)
		op_reply(op, error);
	else
		reply_lock(op, locked ? &range : NULL);
}

static void test_fresh(struct op *op, int error)
{
	if (!error && !holder_of(op))
		error = mirror_key(op_fs(op)->mirror, op->id, &op->data);
	ops_lock_test(op, error);
}

/* --- The requests --- */

static struct op *lock_op(
	fuse_req_t req, const struct fuse_file_info *file, const struct op_lock *lock)
{
	struct handle *handle = ops_handle(file);
	struct op *op = op_new(&ops_fs(req)->requests, req, handle->id);

	if (!op)
		return NULL;
	op->handle = handle;
	op->file = *file;
	op->lock = *lock;
	op->lock.pid = fuse_req_ctx(req)->pid;
	op->patient = lock->waits;
	return op;
}

static void lock_start(
	fuse_req_t req, const struct fuse_file_info *file, const struct op_lock *lock, bool unlocks)
{
	struct op *op;

	if (!unlocks && supervisor_link_is_read_only(&ops_fs(req)->supervisor)) {
		fuse_reply_err(req, EROFS);
		return;
	}
	ops_handle(file)->locked |= !unlocks;
	op = lock_op(req, file, lock);
	if (op)
		op_start(op, unlocks ? unlock_begin : lock_begin);
}

bool ops_lock_of_flock(
	const struct fuse_file_info *file, int operation, struct op_lock *ret, bool *ret_unlocks)
{
	int what = operation & ~LOCK_NB;

	*ret_unlocks = what == LOCK_UN;
	*ret = (struct op_lock){
		.kind = LOCK_FLOCK,
		.owner = file->lock_owner,
		.last = RANGE_END,
		.exclusive = what == LOCK_EX,
		.waits = what != LOCK_UN && !(operation & LOCK_NB),
	};
	return what == LOCK_UN || what == LOCK_EX || what == LOCK_SH;
}

void ops_key_flock(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, int operation)
{
	struct op_lock lock;
	bool unlocks;

	if (!ops_lock_of_flock(file, operation, &lock, &unlocks)) {
		fuse_reply_err(req, EINVAL);
		return;
	}
	lock.node = id;
	lock_start(req, file, &lock, unlocks);
}

struct op_lock ops_lock_of_fcntl(const struct fuse_file_info *file, const struct flock *lock)
{
	return (struct op_lock){
		.kind = LOCK_FCNTL,
		.owner = file->lock_owner,
		.first = lock->l_start,
		.last = lock->l_len ? lock->l_start + lock->l_len - 1 : RANGE_END,
		.exclusive = lock->l_type == F_WRLCK,
	};
}

void ops_key_setlk(
	fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, struct flock *lock, int wait)
{
	struct op_lock wish = ops_lock_of_fcntl(file, lock);
	bool unlocks = lock->l_type == F_UNLCK;

	wish.node = id;
	wish.waits = wait && !unlocks;
	lock_start(req, file, &wish, unlocks);
}

void ops_key_getlk(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, struct flock *lock)
{
	struct op_lock wish = ops_lock_of_fcntl(file, lock);
	struct op *op = lock_op(req, file, &wish);

	(void)id;
	if (op)
		barrier_start(&ops_fs(req)->barrier, op, test_fresh);
}

/* --- The close of a descriptor --- */

void ops_lock_flushed(struct op *op, int error)
{
	(void)error;
	op_reply(op, op->lock.error);
}

static void flush_published(struct op *op, int error)
{
	(void)error;
	locks_drop(&op_fs(op)->locks, op, ops_lock_flushed);
}

static void flush_all(struct op *op, int error)
{
	op->lock.error = error;
	if (error)
		flush_published(op, 0);
	else
		publish_then(op, flush_published);
}

static void flush_begin(struct op *op, int error)
{
	error = handle_spoiled(op->handle);
	if (error || !handle_dirty(op->handle, false))
		flush_all(op, error);
	else
		publish_run(op, flush_all);
}

void ops_lock_flush(fuse_req_t req, struct fuse_file_info *file)
{
	struct op_lock lock = {.kind = LOCK_FCNTL, .owner = file->lock_owner, .last = RANGE_END};
	struct op *op = lock_op(req, file, &lock);

	if (op)
		op_start(op, flush_begin);
}

void ops_lock_release(void *arg, struct handle *handle)
{
	struct fs *fs = arg;

	locks_release(&fs->locks, handle->id, (uintptr_t)handle);
	fuse_reply_err(STEAL(handle->release_req), 0);
}
