/*
 * A mount has nodes of three kinds: keys, ".role", and ".etcd" with what is below it. Which a
 * request is for is asked here and nowhere else; what the kind then does is in its table.
 *
 * The notifier (touch_queue.h) is no kind of node but a caller: what it asks of a key is answered
 * by a table of its own. So is what anybody asks of the file that it has open.
 */
#include "fs/ops/ops.h"

#include "fs/control/role_file.h"
#include "fs/ops/mount.h"

#include <errno.h>
#include <string.h>

static const struct fuse_lowlevel_ops key_ops = {
	.lookup = ops_key_lookup,
	.forget = ops_key_forget,
	.getattr = ops_key_getattr,
	.setattr = ops_key_setattr,
	.access = ops_key_access,
	.opendir = ops_key_opendir,
	.readdir = ops_key_readdir,
	.readdirplus = ops_key_readdirplus,
	.releasedir = ops_key_releasedir,
	.mkdir = ops_key_mkdir,
	.unlink = ops_key_unlink,
	.rmdir = ops_key_rmdir,
	.open = ops_key_open,
	.create = ops_key_create,
	.read = ops_key_read,
	.write = ops_key_write,
	.fallocate = ops_key_fallocate,
	.flush = ops_key_flush,
	.fsync = ops_key_fsync,
	.release = ops_key_release,
	.poll = ops_poll_ready,
	.getxattr = ops_key_getxattr,
	.setxattr = ops_key_setxattr,
};

/* --- Which kind -------------------------------------------------------------------------- */

static const struct fuse_lowlevel_ops *kind_of(uint64_t id)
{
	if (id >= CTLDIR_FIRST_ID)
		return &ctldir_ops;
	return id == ROLE_FILE_ID ? &role_ops : &key_ops;
}

/* Of a name that is there, or would be made. */
static const struct fuse_lowlevel_ops *kind_of_name(uint64_t dir, const char *name)
{
	if (ctldir_has(dir, name))
		return &ctldir_ops;
	return dir == ROOT_ID && strcmp(name, ROLE_FILE_NAME) == 0 ? &role_ops : kind_of(dir);
}

/* What @kind is to who asks. */
static const struct fuse_lowlevel_ops *to_caller(
	fuse_req_t req, const struct fuse_lowlevel_ops *kind)
{
	return kind == &key_ops && ops_is_notifier(req) ? &notifier_ops : kind;
}

static const struct fuse_lowlevel_ops *kind_of_file(uint64_t id, const struct fuse_file_info *file)
{
	return ops_notifier_file(file) ? &notifier_ops : kind_of(id);
}

/* --- What is refused --------------------------------------------------------------------- */

/* Why nothing of this kind can be changed; 0: it can. */
static int change_error(fuse_req_t req, const struct fuse_lowlevel_ops *kind)
{
	if (ops_fs(req)->config->read_only)
		return EROFS;
	return kind == &key_ops ? 0 : EPERM;
}

bool ops_refuse_change(fuse_req_t req, uint64_t dir, const char *name)
{
	int error = change_error(req, name ? kind_of_name(dir, name) : kind_of(dir));

	if (error)
		fuse_reply_err(req, error);
	return error;
}

/* --- The operations ---------------------------------------------------------------------- */

/* ops_NAME() hands on to what @kind, a table (`ops` in @error), has under that name. Where it has
 * nothing, @error is the answer. */
#define OPERATION(name, kind, error, parameters, ...)                                              \
	static void ops_##name parameters                                                          \
	{                                                                                          \
		const struct fuse_lowlevel_ops *ops = kind;                                        \
                                                                                                   \
		if (ops->name)                                                                     \
			ops->name(__VA_ARGS__);                                                    \
		else                                                                               \
			fuse_reply_err(req, error);                                                \
	}

OPERATION(lookup, to_caller(req, kind_of_name(dir, name)), ENOENT,
	(fuse_req_t req, fuse_ino_t dir, const char *name), req, dir, name);
OPERATION(getattr, to_caller(req, kind_of(id)), ESTALE,
	(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file), req, id, file);
OPERATION(setattr, file ? kind_of_file(id, file) : to_caller(req, kind_of(id)),
	change_error(req, ops),
	(fuse_req_t req, fuse_ino_t id, struct stat *attr, int set, struct fuse_file_info *file),
	req, id, attr, set, file);
OPERATION(access, to_caller(req, kind_of(id)), EACCES, (fuse_req_t req, fuse_ino_t id, int mask),
	req, id, mask);

OPERATION(opendir, kind_of(id), ENOTDIR,
	(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file), req, id, file);
OPERATION(readdir, kind_of(id), ENOTDIR,
	(fuse_req_t req, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file),
	req, id, size, offset, file);
OPERATION(readdirplus, kind_of(id), ENOTDIR,
	(fuse_req_t req, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file),
	req, id, size, offset, file);
OPERATION(releasedir, kind_of(id), 0, (fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file),
	req, id, file);

OPERATION(mkdir, to_caller(req, kind_of_name(dir, name)), change_error(req, ops),
	(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode), req, dir, name, mode);
OPERATION(unlink, to_caller(req, kind_of_name(dir, name)), change_error(req, ops),
	(fuse_req_t req, fuse_ino_t dir, const char *name), req, dir, name);
OPERATION(rmdir, to_caller(req, kind_of_name(dir, name)), change_error(req, ops),
	(fuse_req_t req, fuse_ino_t dir, const char *name), req, dir, name);
OPERATION(create, to_caller(req, kind_of_name(dir, name)), change_error(req, ops),
	(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode,
		struct fuse_file_info *file),
	req, dir, name, mode, file);

OPERATION(open, to_caller(req, kind_of(id)), EACCES,
	(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file), req, id, file);
OPERATION(read, kind_of_file(id, file), EBADF,
	(fuse_req_t req, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file),
	req, id, size, offset, file);
OPERATION(write, kind_of_file(id, file), EBADF,
	(fuse_req_t req, fuse_ino_t id, const char *data, size_t size, off_t offset,
		struct fuse_file_info *file),
	req, id, data, size, offset, file);
OPERATION(fallocate, kind_of_file(id, file), EOPNOTSUPP,
	(fuse_req_t req, fuse_ino_t id, int mode, off_t offset, off_t length,
		struct fuse_file_info *file),
	req, id, mode, offset, length, file);
OPERATION(flush, kind_of_file(id, file), 0,
	(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file), req, id, file);
OPERATION(fsync, kind_of_file(id, file), 0,
	(fuse_req_t req, fuse_ino_t id, int datasync, struct fuse_file_info *file), req, id,
	datasync, file);
OPERATION(release, kind_of_file(id, file), 0,
	(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file), req, id, file);

OPERATION(getxattr, kind_of(id), ENODATA,
	(fuse_req_t req, fuse_ino_t id, const char *name, size_t size), req, id, name, size);
OPERATION(setxattr, kind_of(id), ops_fs(req)->config->read_only ? EROFS : EOPNOTSUPP,
	(fuse_req_t req, fuse_ino_t id, const char *name, const char *value, size_t size,
		int flags),
	req, id, name, value, size, flags);

/* These two are in each table: neither can be answered with an error. */
static void ops_forget(fuse_req_t req, fuse_ino_t id, uint64_t count)
{
	kind_of(id)->forget(req, id, count);
}

static void ops_poll(
	fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, struct fuse_pollhandle *poll)
{
	kind_of_file(id, file)->poll(req, id, file, poll);
}

const struct fuse_lowlevel_ops ops_all = {
	.lookup = ops_lookup,
	.forget = ops_forget,
	.getattr = ops_getattr,
	.setattr = ops_setattr,
	.access = ops_access,
	.statfs = ops_statfs,
	.opendir = ops_opendir,
	.readdir = ops_readdir,
	.readdirplus = ops_readdirplus,
	.releasedir = ops_releasedir,
	.mkdir = ops_mkdir,
	.unlink = ops_unlink,
	.rmdir = ops_rmdir,
	.rename = ops_rename,
	.mknod = ops_mknod,
	.symlink = ops_symlink,
	.link = ops_link,
	.open = ops_open,
	.create = ops_create,
	.read = ops_read,
	.write = ops_write,
	.fallocate = ops_fallocate,
	.flush = ops_flush,
	.fsync = ops_fsync,
	.release = ops_release,
	.poll = ops_poll,
	.getxattr = ops_getxattr,
	.listxattr = ops_listxattr,
	.setxattr = ops_setxattr,
	.removexattr = ops_removexattr,
	.flock = ops_flock,
	.getlk = ops_getlk,
	.setlk = ops_setlk,
};
