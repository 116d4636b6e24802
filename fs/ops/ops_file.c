/* OPEN, READ, FLUSH, FSYNC and RELEASE of keys. */
#include "fs/file/handle.h"
#include "fs/file/publish.h"
#include "fs/file/view.h"
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/request/gone.h"
#include "fs/request/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

bool ops_wants_write(const struct fuse_file_info *file)
{
	return (file->flags & O_ACCMODE) != O_RDONLY || (file->flags & O_TRUNC);
}

/* --- open --- */

static void free_handle(void *arg)
{
	handle_free(arg);
}

void ops_close_handle(struct fs *fs, struct handle *handle)
{
	open_set_remove(&fs->files, &handle->opened);
	handle_free(handle);
}

int ops_open_handle(struct op *op, uint64_t id)
{
	struct viewer viewer = {.pid = op->req ? fuse_req_ctx(op->req)->pid : 0};
	enum mirror_gone gone = gone_within_call(op) ? MIRROR_GONE_LAST : MIRROR_GONE_HEIR;
	struct fs *fs = op_fs(op);
	struct mirror_info info;
	struct handle *handle;
	int r = ops_wants_write(&op->file) ? loss_check(&fs->losses, id) : 0;

	if (r == 0)
		r = handle_new(
			fs->mirror, &fs->publisher, id, gone, op->file.flags, &info, &handle);
	if (r == 0 && info.unpublished && !info.dead) {
		r = view_edit(&fs->files, info.id, viewer, &handle->base);
		if (r < 0)
			handle_free(handle);
	}
	if (r < 0)
		return r;
	handle->pid = viewer.pid;
	open_set_add(&fs->files, &handle->opened, free_handle, handle);
	op->file.fh = (uintptr_t)handle;
	op->file.direct_io = 1;
	/* A reader has nothing to publish when it closes; its O_TRUNC is published at the
	 * release. */
	op->file.noflush = (op->file.flags & O_ACCMODE) == O_RDONLY;
	return 0;
}

static void open_settled(struct op *op, int error)
{
	int r = error ? error : ops_open_handle(op, op->id);
	struct handle *handle = ops_handle(&op->file);
	struct fs *fs = op_fs(op);

	if (r)
		op_reply(op, r);
	else if (!op_reply_open(op, &op->file))
		ops_close_handle(fs, handle);
}

static void open_permitted(struct op *op, int error)
{
	if (error && error != -ENOSPC)
		op_reply(op, error);
	else
		publish_settle(&op_fs(op)->publisher, op, open_settled);
}

static void open_fresh(struct op *op, int error)
{
	if (error || !ops_wants_write(&op->file))
		open_permitted(op, error);
	else
		write_probe_ask(&op_fs(op)->write_probe, op, open_permitted);
}

/* The errno for which @file cannot be opened for writing; 0: it can. Without a leader nothing can
 * be written; programs that ignore the result of close(2) learn it here. */
static int open_refusal(struct fs *fs, const struct fuse_file_info *file)
{
	if (!ops_wants_write(file))
		return 0;
	if (supervisor_link_is_read_only(&fs->supervisor))
		return EROFS;
	return supervisor_link_unavailable(&fs->supervisor) ? ETIMEDOUT : 0;
}

/* Whether an open to read has nothing to wait for: its op lives and ends in the FUSE thread. Not
 * where the process may have own edits: the RPC thread, which publishes them, takes the value and
 * the edits in one step. */
static bool opens_at_once(struct fs *fs, uint64_t id, const struct fuse_file_info *file)
{
	struct mirror_info info;

	return !ops_wants_write(file) && barrier_is_needless(&fs->barrier) &&
	       publish_is_settled(&fs->publisher) && mirror_info(fs->mirror, id, &info) == 0 &&
	       !info.unpublished;
}

/* Whether this open only writes, and its path passed a barrier at its LOOKUP. Then another barrier
 * would decide nothing: nothing is read, and a file that is gone since then is opened all the same
 * (gone.h). */
static bool needs_no_barrier(const struct op *op)
{
	return (op->file.flags & O_ACCMODE) == O_WRONLY && op->walk.known && gone_within_call(op);
}

void ops_key_open(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	struct fs *fs = ops_fs(req);
	int refusal = open_refusal(fs, file);
	struct op *op;

	if (refusal) {
		fuse_reply_err(req, refusal);
		return;
	}
	op = op_new(&fs->requests, req, id);
	if (!op)
		return;
	op->file = *file;
	op->remakes = true;
	if (opens_at_once(fs, id, file))
		open_settled(op, 0);
	else if (needs_no_barrier(op))
		op_start(op, open_fresh);
	else if (ops_wants_write(file))
		barrier_start(&fs->barrier, op, open_fresh);
	else
		barrier_start_read(&fs->barrier, op, open_fresh);
}

/* --- read --- */

/* A reader at the end of its snapshot goes on into a newer value, if that begins with the snapshot:
 * what tail -f needs. The reader sees one value whole in either case. */
static void read_on(struct fs *fs, struct handle *handle, uint64_t owner)
{
	CLEANUP(value_unref) struct value *value = NULL;
	struct viewer viewer = {handle->pid, owner};

	if (view_value(&fs->files, fs->mirror, handle->id, viewer, &value) >= 0)
		handle_extend(handle, value);
}

/* At the open it was not known which process has it open, so its own writes are added at its first
 * read. */
static void read_own(struct fs *fs, struct handle *handle, uint64_t owner)
{
	CLEANUP(value_unref) struct value *value = NULL;
	struct viewer viewer = {handle->pid, owner};

	if (view_value(&fs->files, fs->mirror, handle->id, viewer, &value) > 0)
		handle_renew(handle, value);
}

static void reply_view(
	fuse_req_t req, struct handle *handle, enum handle_view view, uint64_t offset, size_t size)
{
	CLEANUP(value_unref) struct value *value = NULL;
	CLEANUP(buf) struct buf copy = {0};
	struct bytes bytes;
	int r = handle_read(handle, view, offset, size, &value, &copy, &bytes);

	if (r < 0)
		fuse_reply_err(req, -r);
	else
		fuse_reply_buf(req, (const char *)bytes.data, bytes.len);
}

static void read_reply(
	fuse_req_t req, struct handle *handle, uint64_t owner, uint64_t offset, size_t size)
{
	if (handle->pid == 0)
		read_own(ops_fs(req), handle, owner);
	if (handle_at_end(handle, offset))
		read_on(ops_fs(req), handle, owner);
	reply_view(req, handle, HANDLE_SNAPSHOT, offset, size);
}

/* Whether the kernel reads for its pages, and not for a process. */
static bool is_for_pages(const struct fuse_file_info *file)
{
	return file->lock_owner == 0;
}

/* Another read from offset 0 takes a new snapshot. A file that is gone keeps its last. */
static void reread_fresh(struct op *op, int error)
{
	CLEANUP(value_unref) struct value *value = NULL;
	struct handle *handle = op->handle;
	struct viewer viewer = {handle->pid, op->file.lock_owner};
	struct fs *fs = op_fs(op);
	fuse_req_t req;
	int r = 0;

	if (!error)
		r = view_value(&fs->files, fs->mirror, handle->id, viewer, &value);
	if (error || (r < 0 && r != -ESTALE)) {
		op_reply(op, error ? error : r);
		return;
	}
	handle_refresh(handle, value);
	req = op_take_req(op);
	if (req)
		read_reply(req, handle, viewer.owner, 0, op->read_size);
	op_reply(op, 0);
}

static void reread(fuse_req_t req, struct handle *handle, uint64_t owner, size_t size)
{
	struct op *op = op_new(&ops_fs(req)->requests, req, handle->id);

	if (!op)
		return;
	op->handle = handle;
	op->file.lock_owner = owner;
	op->read_size = size;
	barrier_start_read(&op_fs(op)->barrier, op, reread_fresh);
}

void ops_key_read(
	fuse_req_t req, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file)
{
	(void)id;
	if (is_for_pages(file))
		reply_view(req, ops_handle(file), HANDLE_PAGES, offset, size);
	else if (offset == 0 && handle_wants_refresh(ops_handle(file)))
		reread(req, ops_handle(file), file->lock_owner, size);
	else
		read_reply(req, ops_handle(file), file->lock_owner, offset, size);
}

/* --- flush, fsync, release --- */

static void publish_start(struct op *op, int error)
{
	if (error)
		op_reply(op, error);
	else
		publish_run(op, op_reply);
}

static void publish(fuse_req_t req, struct handle *handle)
{
	int spoiled = handle_spoiled(handle);
	struct op *op;

	if (spoiled) {
		fuse_reply_err(req, -spoiled);
		return;
	}
	op = op_new(&ops_fs(req)->requests, req, handle->id);
	if (!op)
		return;
	op->handle = handle;
	op_start(op, publish_start);
}

/* A shell closes a copy before it writes (FLUSH): nothing is published then, not even its
 * O_TRUNC. */
void ops_key_flush(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	struct handle *handle = ops_handle(file);

	(void)id;
	if (handle->pid == fuse_req_ctx(req)->pid)
		handle_end_making(handle);
	if (locks_any(&ops_fs(req)->locks))
		ops_lock_flush(req, file);
	else if (!handle_dirty(handle, false) && !handle_spoiled(handle))
		fuse_reply_err(req, 0);
	else
		publish(req, handle);
}

void ops_key_fsync(fuse_req_t req, fuse_ino_t id, int datasync, struct fuse_file_info *file)
{
	(void)id, (void)datasync;
	publish(req, ops_handle(file));
}

/* An O_TRUNC without writes is published now. The kernel does not wait for the reply, but the next
 * open of the file is posted after this and waits for the publish (settle). What was locked by it
 * ends before the reply (ops_lock_release()), because of what was replied a successor of this
 * process hears nothing (orphans.h). */
void ops_key_release(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	struct handle *handle = ops_handle(file);
	bool locked = handle->locked;

	(void)id;
	if (handle->made)
		secret_released(&ops_fs(req)->secrets, handle->id);
	open_set_remove(&ops_fs(req)->files, &handle->opened);
	handle->release_req = locked ? req : NULL;
	publish_release(handle);
	if (!locked)
		fuse_reply_err(req, 0);
}

/* --- poll --- */

void ops_key_poll(
	fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, struct fuse_pollhandle *poll)
{
	(void)id;
	fuse_reply_poll(req, handle_poll(ops_handle(file), file->poll_events, poll));
}

void ops_poll_ready(
	fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, struct fuse_pollhandle *poll)
{
	(void)id, (void)file;
	if (poll)
		fuse_pollhandle_destroy(poll);
	fuse_reply_poll(req, POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM);
}
