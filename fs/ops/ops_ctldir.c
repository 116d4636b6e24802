/* The operations on the names below ".etcd" (ctldir.h). */
#include "fs/control/lock_file.h"
#include "fs/control/locks_text.h"
#include "fs/control/status_file.h"
#include "fs/control/stream.h"
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/request/attr.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void ctldir_attr(struct fs *fs, const struct ctldir_node *node, struct stat *ret)
{
	size_t size = ctldir_is_report(node) ? status_file_size(&fs->status_files, node) : 0;
	struct timespec now;

	if (node->kind == CTLDIR_SNAPSHOT)
		size = fs->snapshot_files.size;
	clock_gettime(CLOCK_REALTIME, &now);
	attr_of_file(fs->config, node->id, node->kind == CTLDIR_LOCK ? 0666 : 0444, size, now, ret);
	if (!ctldir_is_dir(node))
		return;
	ret->st_mode = S_IFDIR | ((ctldir_makes(node) ? 0777 : 0555) & ~fs->config->dmask);
	ret->st_nlink = 2;
}

/* --- Names and attributes ------------------------------------------------------------------ */

/* The directory of ".etcd" is gone; after a barrier it is known which node has that name now. */
static void lookup_gone(struct op *op, int error)
{
	op_reply(op, error ? error : -ESTALE);
}

static void lookup_gone_start(fuse_req_t req, uint64_t dir, const char *name)
{
	struct op *op = op_new(&ops_fs(req)->requests, req, dir);

	if (op && op_set_name(op, name))
		barrier_start_read(&op_fs(op)->barrier, op, lookup_gone);
}

static void lookup_reply(fuse_req_t req, const struct ctldir_node *node)
{
	struct fuse_entry_param entry = {.ino = node->id};
	struct fs *fs = ops_fs(req);

	/* With these names begins the way to each file of an older revision. */
	if (node->kind == CTLDIR_TOP || node->kind == CTLDIR_AT)
		entry.entry_timeout = entry.attr_timeout = PAST_NAME_SECONDS;
	ctldir_attr(fs, node, &entry.attr);
	walks_give(&fs->requests.walks, fuse_req_ctx(req)->pid, node->id, false);
	if (fuse_reply_entry(req, &entry) < 0)
		ctldir_forget(&fs->ctldir, node->id, 1);
}

/* The names in "at", which are revisions, are nodes of another kind. */
static bool lookup_past(fuse_req_t req, uint64_t dir, const char *name)
{
	struct ctldir_node node;
	int64_t revision;

	if (dir < CTLDIR_FIRST_ID || ctldir_info(&ops_fs(req)->ctldir, dir, &node) < 0 ||
		node.kind != CTLDIR_AT)
		return false;
	if (ctldir_revision(name, &revision) < 0 || !revision)
		fuse_reply_err(req, ENOENT);
	else
		past_lookup(&ops_fs(req)->past, req, node.dir, revision);
	return true;
}

static void ops_ctldir_lookup(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	struct ctldir_node node;
	int r;

	if (lookup_past(req, dir, name))
		return;
	r = ctldir_lookup(&ops_fs(req)->ctldir, dir, name, &node);

	if (r == -ESTALE)
		lookup_gone_start(req, dir, name);
	else if (r < 0)
		fuse_reply_err(req, -r);
	else
		lookup_reply(req, &node);
}

static void ops_ctldir_forget(fuse_req_t req, fuse_ino_t id, uint64_t count)
{
	ctldir_forget(&ops_fs(req)->ctldir, id, count);
	fuse_reply_none(req);
}

/* Finds the control node @id. False: an error was replied. */
static bool ctldir_of(fuse_req_t req, uint64_t id, struct ctldir_node *ret)
{
	int r = ctldir_info(&ops_fs(req)->ctldir, id, ret);

	if (r < 0)
		fuse_reply_err(req, -r);
	return r == 0;
}

static void ops_ctldir_getattr(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	struct ctldir_node node;
	struct stat attr;

	(void)file;
	if (!ctldir_of(req, id, &node))
		return;
	ctldir_attr(ops_fs(req), &node, &attr);
	fuse_reply_attr(req, &attr, 0);
}

static void ops_ctldir_access(fuse_req_t req, fuse_ino_t id, int mask)
{
	struct ctldir_node node;

	if (ctldir_of(req, id, &node)) {
		bool is_written = node.kind == CTLDIR_LOCK || ctldir_makes(&node);
		int refused = (ctldir_is_dir(&node) ? 0 : X_OK) | (is_written ? 0 : W_OK);

		fuse_reply_err(req, mask & refused ? EACCES : 0);
	}
}

/* --- Files that end, made in a directory of theirs ----------------------------------------- */

static void ops_ctldir_create(
	fuse_req_t req, fuse_ino_t id, const char *name, mode_t mode, struct fuse_file_info *file)
{
	struct ctldir_node node;

	(void)mode;
	if (!ctldir_of(req, id, &node))
		return;
	if (ctldir_makes(&node))
		ops_create_aside(req, &node, name, file);
	else
		fuse_reply_err(req, ops_change_error(req, OPS_CTLDIR));
}

/* The name by which other clients lock all below the directory: of the directory's marker. */
static int lock_name_of(struct mirror *mirror, uint64_t id, struct buf *ret)
{
	struct mirror_dir dir;
	int r = mirror_dir(mirror, id, &dir);

	if (r < 0)
		return r == -EINVAL ? -ENODATA : r;
	r = locks_text_name(mirror, dir.is_root ? (struct bytes){0} : buf_bytes(&dir.key), ret);
	mirror_dir_fini(&dir);
	return r;
}

static void ops_ctldir_getxattr(fuse_req_t req, fuse_ino_t id, const char *name, size_t size)
{
	CLEANUP(buf) struct buf text = {0};
	struct ctldir_node node;
	int r = -ENODATA;

	if (!ctldir_of(req, id, &node))
		return;
	if (node.kind == CTLDIR_LOCK && ops_lock_getxattr(req, node.dir, name, size))
		return;
	if (node.kind == CTLDIR_LOCK && strcmp(name, "user.etcd.lock_name") == 0)
		r = lock_name_of(ops_fs(req)->mirror, node.dir, &text);
	if (r < 0)
		fuse_reply_err(req, -r);
	else
		ops_reply_bytes(req, buf_bytes(&text), size);
}

/* --- Directories --------------------------------------------------------------------------- */

static void ops_ctldir_opendir(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	(void)id;
	fuse_reply_open(req, file);
}

/* The name at @offset; NULL after the last. "." and ".." come first. */
static const char *name_at(const struct ctldir_node *dir, off_t offset, bool *ret_is_dir)
{
	*ret_is_dir = true;
	if (offset < 2)
		return offset == 0 ? "." : "..";
	return ctldir_listed(dir, offset - 2, ret_is_dir);
}

static void readdir_reply(fuse_req_t req, uint64_t id, bool plus, size_t size, off_t offset)
{
	struct fuse_entry_param entry = {.attr.st_ino = UNKNOWN_INO};
	struct ctldir_node dir;
	char data[1024];
	struct ops_list list = {
		.req = req,
		.plus = plus,
		.data = data,
		.size = size < sizeof(data) ? size : sizeof(data),
	};
	const char *name;
	bool is_dir;

	if (!ctldir_of(req, id, &dir))
		return;
	while ((name = name_at(&dir, offset, &is_dir))) {
		entry.attr.st_mode = is_dir ? S_IFDIR : S_IFREG;
		if (!ops_list_name(&list, name, &entry, ++offset))
			break;
	}
	fuse_reply_buf(req, data, list.used);
}

static void ops_ctldir_readdir(
	fuse_req_t req, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file)
{
	(void)file;
	readdir_reply(req, id, false, size, offset);
}

static void ops_ctldir_readdirplus(
	fuse_req_t req, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file)
{
	(void)file;
	readdir_reply(req, id, true, size, offset);
}

/* --- Files: streams, reports, the snapshot, and the lock ----------------------------------- */

static void ops_ctldir_open(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	struct ctldir_node node;

	if (!ctldir_of(req, id, &node))
		return;
	if (node.kind == CTLDIR_LOCK)
		lock_file_open(&ops_fs(req)->lock_files, req, node.dir, file);
	else if ((file->flags & O_ACCMODE) != O_RDONLY || (file->flags & O_TRUNC))
		fuse_reply_err(req, EACCES);
	else if (ctldir_is_report(&node))
		status_file_open(&ops_fs(req)->status_files, req, &node, file);
	else if (node.kind == CTLDIR_SNAPSHOT)
		snapshot_file_open(&ops_fs(req)->snapshot_files, req, file);
	else
		stream_open(&ops_fs(req)->streams, req, node.dir,
			node.kind == CTLDIR_WATCH ? STREAM_FROM_NOW : node.number, file);
}

static void ops_ctldir_read(
	fuse_req_t req, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file)
{
	struct ctldir_node node;

	if (!ctldir_of(req, id, &node))
		return;
	if (ctldir_is_report(&node))
		status_file_read(&ops_fs(req)->status_files, req, &node, size, offset, file);
	else if (node.kind == CTLDIR_SNAPSHOT)
		snapshot_file_read(&ops_fs(req)->snapshot_files, req, size, offset, file);
	else if (node.kind == CTLDIR_LOCK)
		lock_file_read(req, file);
	else
		stream_read(&ops_fs(req)->streams, req, size, file);
}

/* The kernel sends these only for the lock: the others have FOPEN_NOFLUSH, or cannot be written. */
static void ops_ctldir_flush(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	struct ctldir_node node;

	if (!ctldir_of(req, id, &node))
		return;
	if (node.kind == CTLDIR_LOCK)
		ops_lock_dir_flush(req, id, file);
	else
		fuse_reply_err(req, 0);
}

static void ops_ctldir_write(fuse_req_t req, fuse_ino_t id, const char *data, size_t size,
	off_t offset, struct fuse_file_info *file)
{
	struct ctldir_node node;

	(void)data, (void)size, (void)offset;
	if (!ctldir_of(req, id, &node))
		return;
	if (node.kind == CTLDIR_LOCK)
		lock_file_write(req, file);
	else
		fuse_reply_err(req, EBADF);
}

static void ops_ctldir_poll(
	fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, struct fuse_pollhandle *poll)
{
	struct ctldir_node node;

	if (ctldir_info(&ops_fs(req)->ctldir, id, &node) < 0 || ctldir_is_report(&node) ||
		node.kind == CTLDIR_SNAPSHOT)
		ops_poll_ready(req, id, file, poll);
	else if (node.kind == CTLDIR_LOCK)
		lock_file_poll(req, file, poll);
	else
		stream_poll(&ops_fs(req)->streams, req, file, poll);
}

static void ops_ctldir_release(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	struct ctldir_node node;

	if (!ctldir_of(req, id, &node))
		return;
	if (ctldir_is_report(&node))
		status_file_release(&ops_fs(req)->status_files, req, file);
	else if (node.kind == CTLDIR_SNAPSHOT)
		snapshot_file_release(req, file);
	else if (node.kind == CTLDIR_LOCK)
		lock_file_release(req, file);
	else
		stream_release(req, file);
}

const struct fuse_lowlevel_ops ctldir_ops = {
	.lookup = ops_ctldir_lookup,
	.forget = ops_ctldir_forget,
	.getattr = ops_ctldir_getattr,
	.access = ops_ctldir_access,
	.create = ops_ctldir_create,
	.getxattr = ops_ctldir_getxattr,
	.opendir = ops_ctldir_opendir,
	.readdir = ops_ctldir_readdir,
	.readdirplus = ops_ctldir_readdirplus,
	.open = ops_ctldir_open,
	.read = ops_ctldir_read,
	.write = ops_ctldir_write,
	.flush = ops_ctldir_flush,
	.flock = ops_ctldir_flock,
	.getlk = ops_ctldir_getlk,
	.setlk = ops_ctldir_setlk,
	.release = ops_ctldir_release,
	.poll = ops_ctldir_poll,
};
