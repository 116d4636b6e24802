/* WRITE and FALLOCATE. */
#include "fs/file/handle.h"
#include "fs/file/publish.h"
#include "fs/mirror/mirror_meta.h"
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/request/permissions.h"

#include <errno.h>
#include <fcntl.h>

/* --- write --- */

static int write_now(
	struct fs *fs, struct handle *handle, unsigned flags, uint64_t offset, struct bytes bytes)
{
	size_t max = fs->config->max_value;

	return flags & O_APPEND ? handle_append(handle, bytes, max)
				: handle_write(handle, offset, bytes, max);
}

static void write_done(struct op *op, int error)
{
	size_t size = op->data.len;
	fuse_req_t req = error ? NULL : op_take_req(op);

	if (req)
		fuse_reply_write(req, size);
	op_reply(op, error);
}

/* Whether the write drops setuid or setgid. The kernel asks for that (SETATTR) only for writes that
 * go through its pages. */
static bool write_drops(fuse_req_t req, uint64_t id, struct meta_change *ret)
{
	struct fs *fs = ops_fs(req);
	uid_t caller = fuse_req_ctx(req)->uid;
	struct mirror_info info;

	return caller != 0 && mirror_info(fs->mirror, id, &info) == 0 &&
	       permissions_drop(fs->config, &info, caller, ret);
}

static void write_turn(struct op *op, int error);

/* Not while the file is published: the mode belongs to the next value, which the write makes. */
static void write_drop(struct op *op, int error)
{
	const struct times_wish none = {0};
	struct meta_change change;

	if (error) {
		write_done(op, error);
		return;
	}
	if (op->req && write_drops(op->req, op->id, &change))
		mirror_add_pending(op_fs(op)->mirror, op->id, &change, &none);
	turns_end(&op_fs(op)->publisher.turns, op->id, TURN_ALONE);
	publish_start_await(op, write_turn);
}

/* Writes op->data. With O_SYNC or O_DSYNC the write ends when it is published. */
static void write_turn(struct op *op, int error)
{
	struct meta_change change;
	bool sync = op->write.flags & O_DSYNC;
	int r = error;

	if (r == 0 && op->req && write_drops(op->req, op->id, &change)) {
		turns_take(&op_fs(op)->publisher.turns, op, TURN_ALONE, write_drop);
		return;
	}
	op->undo = sync && !handle_dirty(op->handle, false);
	if (r == 0)
		r = write_now(op_fs(op), op->handle, op->write.flags, op->write.offset,
			buf_bytes(&op->data));
	if (r == 0 && sync)
		publish_run(op, write_done);
	else
		write_done(op, r);
}

static void write_later(
	fuse_req_t req, struct handle *handle, unsigned flags, struct bytes bytes, off_t offset)
{
	struct op *op = op_new(&ops_fs(req)->requests, req, handle->id);

	if (!op)
		return;
	op->handle = handle;
	op->write.flags = flags;
	op->write.offset = offset;
	if (buf_append_bytes(&op->data, bytes) < 0)
		op_reply(op, -ENOMEM);
	else
		publish_start_await(op, write_turn);
}

/* The flags are taken from each request, because fcntl() changes O_APPEND and pwritev2() has
 * RWF_DSYNC. */
void ops_key_write(fuse_req_t req, fuse_ino_t id, const char *data, size_t size, off_t offset,
	struct fuse_file_info *file)
{
	struct bytes bytes = {(const uint8_t *)data, size};
	struct handle *handle = ops_handle(file);
	struct meta_change change;
	int r = -EBUSY;

	atomic_store(&handle->owner, file->lock_owner);
	if (!(file->flags & O_DSYNC) && !write_drops(req, id, &change))
		r = write_now(ops_fs(req), handle, file->flags, offset, bytes);
	if (r == -EBUSY)
		write_later(req, handle, file->flags, bytes, offset);
	else if (r < 0)
		fuse_reply_err(req, -r);
	else
		fuse_reply_write(req, size);
}

/* --- fallocate --- */

static void fallocate_turn(struct op *op, int error)
{
	size_t max = op_fs(op)->config->max_value;
	int r = error;

	if (r == 0)
		r = handle_allocate(op->handle, op->fallocate.mode, op->fallocate.offset,
			op->fallocate.length, max);
	op_reply(op, r);
}

/* etcd has no space to reserve, so only the size changes, and zeros are written. */
void ops_key_fallocate(fuse_req_t req, fuse_ino_t id, int mode, off_t offset, off_t length,
	struct fuse_file_info *file)
{
	struct op *op;

	if (mode & ~HANDLE_ALLOCATE_MODES) {
		fuse_reply_err(req, EOPNOTSUPP);
		return;
	}
	op = op_new(&ops_fs(req)->requests, req, id);
	if (!op)
		return;
	op->handle = ops_handle(file);
	op->fallocate.mode = mode;
	op->fallocate.offset = offset;
	op->fallocate.length = length;
	publish_start_await(op, fallocate_turn);
}
