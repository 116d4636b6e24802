#include "fs/ops/ops_hidden.h"

#include "fs/control/report.h"
#include "fs/control/stream.h"
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/request/attr.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define ANY_INO 0xffffffff /* in a listing, for a name that nobody has looked up */

bool ops_hidden(uint64_t id)
{
	return id >= HIDDEN_FIRST_ID;
}

static void hidden_attr(struct fs *fs, const struct hidden *hidden, struct stat *ret)
{
	size_t size = hidden_is_report(hidden) ? report_size(&fs->reports, hidden) : 0;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	attr_of_file(fs->config, hidden->id, 0444, size, now, ret);
	if (!hidden_is_dir(hidden))
		return;
	ret->st_mode = S_IFDIR | (0555 & ~fs->config->dmask);
	ret->st_nlink = 2;
}

/* --- Names and attributes ------------------------------------------------------------------ */

/* Its directory is gone; what has that name now is known after a barrier. */
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

bool ops_hidden_lookup(fuse_req_t req, uint64_t dir, const char *name)
{
	struct fs *fs = ops_fs(req);
	struct fuse_entry_param entry = {0};
	struct hidden hidden;
	int r;

	if (!hidden_has(dir, name))
		return false;
	r = hidden_lookup(&fs->hidden, dir, name, &hidden);
	if (r == -ESTALE) {
		lookup_gone_start(req, dir, name);
		return true;
	}
	if (r < 0) {
		fuse_reply_err(req, -r);
		return true;
	}
	entry.ino = hidden.id;
	hidden_attr(fs, &hidden, &entry.attr);
	walks_give(&fs->requests.walks, fuse_req_ctx(req)->pid, hidden.id, false, false);
	if (fuse_reply_entry(req, &entry) < 0)
		hidden_forget(&fs->hidden, hidden.id, 1);
	return true;
}

bool ops_hidden_forget(fuse_req_t req, uint64_t id, uint64_t count)
{
	if (!ops_hidden(id))
		return false;
	hidden_forget(&ops_fs(req)->hidden, id, count);
	fuse_reply_none(req);
	return true;
}

/* What @id is; false: it has been replied that it is not. */
static bool hidden_of(fuse_req_t req, uint64_t id, struct hidden *ret)
{
	int r = hidden_info(&ops_fs(req)->hidden, id, ret);

	if (r < 0)
		fuse_reply_err(req, -r);
	return r == 0;
}

bool ops_hidden_getattr(fuse_req_t req, uint64_t id)
{
	struct hidden hidden;
	struct stat attr;

	if (!ops_hidden(id))
		return false;
	if (hidden_of(req, id, &hidden)) {
		hidden_attr(ops_fs(req), &hidden, &attr);
		fuse_reply_attr(req, &attr, 0);
	}
	return true;
}

bool ops_hidden_access(fuse_req_t req, uint64_t id, int mask)
{
	struct hidden hidden;

	if (!ops_hidden(id))
		return false;
	if (hidden_of(req, id, &hidden)) {
		int refused = hidden_is_dir(&hidden) ? W_OK : W_OK | X_OK;

		fuse_reply_err(req, mask & refused ? EACCES : 0);
	}
	return true;
}

/* --- Directories --------------------------------------------------------------------------- */

bool ops_hidden_opendir(fuse_req_t req, uint64_t id, struct fuse_file_info *file)
{
	if (!ops_hidden(id))
		return false;
	fuse_reply_open(req, file);
	return true;
}

/* The name at @offset; NULL after the last. "." and ".." come first. */
static const char *name_at(const struct hidden *dir, off_t offset, bool *ret_is_dir)
{
	*ret_is_dir = true;
	if (offset < 2)
		return offset == 0 ? "." : "..";
	return hidden_listed(dir, offset - 2, ret_is_dir);
}

static void readdir_reply(
	fuse_req_t req, const struct hidden *dir, bool plus, size_t size, off_t offset)
{
	struct fuse_entry_param entry = {.attr.st_ino = ANY_INO};
	char data[1024];
	const char *name;
	size_t used = 0;
	bool is_dir;

	if (size > sizeof(data))
		size = sizeof(data);
	while ((name = name_at(dir, offset, &is_dir))) {
		size_t need;

		entry.attr.st_mode = is_dir ? S_IFDIR : S_IFREG;
		need = plus ? fuse_add_direntry_plus(
				      req, data + used, size - used, name, &entry, ++offset)
			    : fuse_add_direntry(
				      req, data + used, size - used, name, &entry.attr, ++offset);
		if (need > size - used)
			break;
		used += need;
	}
	fuse_reply_buf(req, data, used);
}

bool ops_hidden_readdir(fuse_req_t req, uint64_t id, bool plus, size_t size, off_t offset)
{
	struct hidden hidden;

	if (!ops_hidden(id))
		return false;
	if (hidden_of(req, id, &hidden))
		readdir_reply(req, &hidden, plus, size, offset);
	return true;
}

bool ops_hidden_releasedir(fuse_req_t req, uint64_t id)
{
	if (!ops_hidden(id))
		return false;
	fuse_reply_err(req, 0);
	return true;
}

/* --- Files: streams and reports ------------------------------------------------------------ */

bool ops_hidden_open(fuse_req_t req, uint64_t id, const struct fuse_file_info *file)
{
	struct hidden hidden;

	if (!ops_hidden(id))
		return false;
	if ((file->flags & O_ACCMODE) != O_RDONLY || (file->flags & O_TRUNC))
		fuse_reply_err(req, EACCES);
	else if (!hidden_of(req, id, &hidden))
		return true;
	else if (hidden_is_report(&hidden))
		report_open(&ops_fs(req)->reports, req, &hidden, file);
	else
		stream_open(&ops_fs(req)->streams, req, hidden.dir,
			hidden.kind == HIDDEN_WATCH ? STREAM_FROM_NOW : hidden.revision, file);
	return true;
}

bool ops_hidden_read(
	fuse_req_t req, uint64_t id, size_t size, off_t offset, const struct fuse_file_info *file)
{
	struct hidden hidden;

	if (!ops_hidden(id))
		return false;
	if (!hidden_of(req, id, &hidden))
		return true;
	if (hidden_is_report(&hidden))
		report_read(&ops_fs(req)->reports, req, &hidden, size, offset, file);
	else
		stream_read(&ops_fs(req)->streams, req, size, file);
	return true;
}

bool ops_hidden_poll(fuse_req_t req, uint64_t id, const struct fuse_file_info *file,
	struct fuse_pollhandle *poll)
{
	struct hidden hidden;

	if (!ops_hidden(id) || hidden_info(&ops_fs(req)->hidden, id, &hidden) < 0 ||
		hidden_is_report(&hidden))
		return false; /* what is not a stream is always ready */
	stream_poll(&ops_fs(req)->streams, req, file, poll);
	return true;
}

bool ops_hidden_flush(fuse_req_t req, uint64_t id)
{
	if (!ops_hidden(id))
		return false;
	fuse_reply_err(req, 0);
	return true;
}

bool ops_hidden_release(fuse_req_t req, uint64_t id, const struct fuse_file_info *file)
{
	struct hidden hidden;

	if (!ops_hidden(id))
		return false;
	if (!hidden_of(req, id, &hidden))
		return true;
	if (hidden_is_report(&hidden))
		report_release(&ops_fs(req)->reports, req, file);
	else
		stream_release(req, file);
	return true;
}
