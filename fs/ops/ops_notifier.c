/* The operations on keys when the notifier calls: answered from memory alone, as if the change that
 * it reports were happening now. Also the operations on its open file. */
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/request/attr.h"

#include <errno.h>

#define TOUCH_FILE UINT64_MAX

bool ops_is_notifier(fuse_req_t req)
{
	return touch_queue_claim(&ops_fs(req)->touches, fuse_req_ctx(req)->pid);
}

/* Makes the entry of @id, and counts a lookup. A dead node is shown with a link count, as it
 * was. */
static int touch_entry(struct fs *fs, uint64_t id, struct fuse_entry_param *ret)
{
	struct mirror_info info;
	int r = id ? mirror_look(fs->mirror, id, &info) : -ENOENT;

	if (r < 0)
		return r;
	info.dead = false;
	ops_entry(fs, &info, ret);
	return 0;
}

static void reply_entry(fuse_req_t req, uint64_t id)
{
	struct fs *fs = ops_fs(req);
	struct fuse_entry_param entry;
	int r = touch_entry(fs, id, &entry);

	if (r < 0)
		fuse_reply_err(req, -r);
	else if (fuse_reply_entry(req, &entry) < 0)
		mirror_unpin(fs->mirror, id, 1);
}

static void ops_notifier_lookup(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	reply_entry(req, touch_queue_lookup(&ops_fs(req)->touches, dir, name));
}

static void ops_notifier_getattr(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	struct fs *fs = ops_fs(req);
	struct mirror_info info;
	struct stat attr;

	(void)file;
	if (mirror_info(fs->mirror, id, &info) < 0) {
		fuse_reply_err(req, ESTALE);
		return;
	}
	info.dead = false;
	ops_attr(fs, &info, &attr);
	fuse_reply_attr(req, &attr, 0);
}

/* The notifier does nothing with its open file, but a process that may trace it can take its
 * descriptor. */
static void ops_notifier_setattr(
	fuse_req_t req, fuse_ino_t id, struct stat *attr, int set, struct fuse_file_info *file)
{
	(void)attr, (void)set;
	if (ops_is_notifier(req))
		ops_notifier_getattr(req, id, file);
	else
		fuse_reply_err(req, EBADF);
}

static void ops_notifier_access(fuse_req_t req, fuse_ino_t id, int mask)
{
	(void)id, (void)mask;
	fuse_reply_err(req, 0);
}

static void touch_file(struct fuse_file_info *file)
{
	file->fh = TOUCH_FILE;
	file->direct_io = 1;
}

static void ops_notifier_open(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	(void)id;
	touch_file(file);
	fuse_reply_open(req, file);
}

/* The id of the node that the notifier was told to change, by either of two steps. */
static uint64_t allowed(fuse_req_t req, enum notifier_step one, enum notifier_step other,
	fuse_ino_t dir, const char *name)
{
	struct touch_queue *touches = &ops_fs(req)->touches;
	uint64_t id = touch_queue_allow(touches, one, dir, name);

	return id ? id : touch_queue_allow(touches, other, dir, name);
}

static void ops_notifier_create(
	fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode, struct fuse_file_info *file)
{
	struct fs *fs = ops_fs(req);
	struct fuse_entry_param entry;
	int r = touch_entry(fs, allowed(req, NOTIFIER_CREATE, NOTIFIER_FILL, dir, name), &entry);

	(void)mode;
	touch_file(file);
	if (r < 0)
		fuse_reply_err(req, EIO);
	else if (fuse_reply_create(req, &entry, file) < 0)
		mirror_unpin(fs->mirror, entry.ino, 1);
}

static void ops_notifier_mkdir(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode)
{
	(void)mode;
	reply_entry(req, allowed(req, NOTIFIER_MKDIR, NOTIFIER_MKDIR, dir, name));
}

static void ops_notifier_mknod(
	fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode, dev_t device)
{
	(void)mode, (void)device;
	reply_entry(req, allowed(req, NOTIFIER_FIFO, NOTIFIER_SOCKET, dir, name));
}

static void ops_notifier_symlink(
	fuse_req_t req, const char *target, fuse_ino_t dir, const char *name)
{
	(void)target;
	reply_entry(req, allowed(req, NOTIFIER_SYMLINK, NOTIFIER_SYMLINK, dir, name));
}

static void ops_notifier_unlink(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	fuse_reply_err(req, allowed(req, NOTIFIER_UNLINK, NOTIFIER_UNLINK, dir, name) ? 0 : EIO);
}

static void ops_notifier_rmdir(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	fuse_reply_err(req, allowed(req, NOTIFIER_RMDIR, NOTIFIER_RMDIR, dir, name) ? 0 : EIO);
}

bool ops_notifier_file(const struct fuse_file_info *file)
{
	return file->fh == TOUCH_FILE;
}

const struct fuse_lowlevel_ops notifier_ops = {
	.lookup = ops_notifier_lookup,
	.getattr = ops_notifier_getattr,
	.setattr = ops_notifier_setattr,
	.access = ops_notifier_access,
	.mkdir = ops_notifier_mkdir,
	.mknod = ops_notifier_mknod,
	.symlink = ops_notifier_symlink,
	.unlink = ops_notifier_unlink,
	.rmdir = ops_notifier_rmdir,
	.open = ops_notifier_open,
	.create = ops_notifier_create,
	.poll = ops_poll_ready,
};
