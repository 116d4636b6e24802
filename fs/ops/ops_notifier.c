#include "fs/ops/ops_notifier.h"

#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/request/attr.h"

#include <errno.h>

#define TOUCH_FILE UINT64_MAX

static bool is_notifier(fuse_req_t req)
{
	return touch_queue_claim(&ops_fs(req)->touches, fuse_req_ctx(req)->pid);
}

/* The entry of @id, one more lookup. A dead node is shown with a link, as what it was. */
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

bool ops_notifier_lookup(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	if (!is_notifier(req))
		return false;
	reply_entry(req, touch_queue_lookup(&ops_fs(req)->touches, dir, name));
	return true;
}

bool ops_notifier_attr(fuse_req_t req, fuse_ino_t id)
{
	struct fs *fs = ops_fs(req);
	struct mirror_info info;
	struct stat attr;

	if (!is_notifier(req))
		return false;
	if (mirror_info(fs->mirror, id, &info) < 0) {
		fuse_reply_err(req, ESTALE);
		return true;
	}
	info.dead = false;
	ops_attr(fs, &info, &attr);
	fuse_reply_attr(req, &attr, 0);
	return true;
}

bool ops_notifier_access(fuse_req_t req)
{
	if (!is_notifier(req))
		return false;
	fuse_reply_err(req, 0);
	return true;
}

static void touch_file(struct fuse_file_info *file)
{
	file->fh = TOUCH_FILE;
	file->direct_io = 1;
}

bool ops_notifier_open(fuse_req_t req, struct fuse_file_info *file)
{
	if (!is_notifier(req))
		return false;
	touch_file(file);
	fuse_reply_open(req, file);
	return true;
}

/* The id of the node that the notifier was told to make, in one of two ways. */
static uint64_t allowed(fuse_req_t req, enum notifier_step one, enum notifier_step other,
	fuse_ino_t dir, const char *name)
{
	struct touch_queue *touches = &ops_fs(req)->touches;
	uint64_t id = touch_queue_allow(touches, one, dir, name);

	return id ? id : touch_queue_allow(touches, other, dir, name);
}

bool ops_notifier_create(
	fuse_req_t req, fuse_ino_t dir, const char *name, struct fuse_file_info *file)
{
	struct fs *fs = ops_fs(req);
	struct fuse_entry_param entry;
	int r;

	if (!is_notifier(req))
		return false;
	r = touch_entry(fs, allowed(req, NOTIFIER_CREATE, NOTIFIER_FILL, dir, name), &entry);
	touch_file(file);
	if (r < 0)
		fuse_reply_err(req, EIO);
	else if (fuse_reply_create(req, &entry, file) < 0)
		mirror_unpin(fs->mirror, entry.ino, 1);
	return true;
}

bool ops_notifier_mkdir(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	if (!is_notifier(req))
		return false;
	reply_entry(req, allowed(req, NOTIFIER_MKDIR, NOTIFIER_MKDIR, dir, name));
	return true;
}

bool ops_notifier_remove(fuse_req_t req, fuse_ino_t dir, const char *name, bool is_dir)
{
	enum notifier_step step = is_dir ? NOTIFIER_RMDIR : NOTIFIER_UNLINK;

	if (!is_notifier(req))
		return false;
	fuse_reply_err(req, allowed(req, step, step, dir, name) ? 0 : EIO);
	return true;
}

bool ops_notifier_file(const struct fuse_file_info *file)
{
	return file->fh == TOUCH_FILE;
}

/* The notifier does not, but who may trace it may take its descriptor. */
bool ops_notifier_use(fuse_req_t req, const struct fuse_file_info *file)
{
	if (!file || !ops_notifier_file(file))
		return false;
	fuse_reply_err(req, EBADF);
	return true;
}
