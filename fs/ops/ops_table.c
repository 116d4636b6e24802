/* Each FUSE operation finds out once which kind of node it is for (ops_kind.c), and calls that
 * kind's table. */
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

static const struct fuse_lowlevel_ops key_ops = {
	.lookup = ops_key_lookup,
	.forget = ops_key_forget,
	.getattr = ops_key_getattr,
	.setattr = ops_key_setattr,
	.mknod = ops_key_mknod,
	.symlink = ops_key_symlink,
	.readlink = ops_key_readlink,
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
	.poll = ops_key_poll,
	.getxattr = ops_key_getxattr,
	.setxattr = ops_key_setxattr,
	.flock = ops_key_flock,
	.getlk = ops_key_getlk,
	.setlk = ops_key_setlk,
};

/* In the order of enum ops_kind. */
static const struct fuse_lowlevel_ops *const kind_ops[] = {
	[OPS_KEY] = &key_ops,
	[OPS_ROLE] = &role_ops,
	[OPS_CTLDIR] = &ctldir_ops,
	[OPS_PAST] = &past_ops,
	[OPS_NOTIFIER] = &notifier_ops,
};

/* A request for a key may come from the notifier. */
static enum ops_kind to_caller(fuse_req_t req, enum ops_kind kind)
{
	return kind == OPS_KEY && ops_is_notifier(req) ? OPS_NOTIFIER : kind;
}

static enum ops_kind kind_of_file(uint64_t id, const struct fuse_file_info *file)
{
	return ops_notifier_file(file) ? OPS_NOTIFIER : ops_kind(id);
}

/* --- The operations ---------------------------------------------------------------------- */

/* ops_NAME() calls NAME in the table of the kind @which, which is `kind` in @error. If the table
 * has no such operation, @error is the answer. */
#define OPERATION(name, which, error, parameters, ...)                                             \
	static void ops_##name parameters                                                          \
	{                                                                                          \
		enum ops_kind kind = which;                                                        \
                                                                                                   \
		if (kind_ops[kind]->name)                                                          \
			kind_ops[kind]->name(__VA_ARGS__);                                         \
		else                                                                               \
			fuse_reply_err(req, error);                                                \
	}

OPERATION(lookup, to_caller(req, ops_kind_of_name(dir, name)), ENOENT,
	(fuse_req_t req, fuse_ino_t dir, const char *name), req, dir, name);
OPERATION(getattr, to_caller(req, ops_kind(id)), ESTALE,
	(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file), req, id, file);
OPERATION(setattr, file ? kind_of_file(id, file) : to_caller(req, ops_kind(id)),
	ops_change_error(req, kind),
	(fuse_req_t req, fuse_ino_t id, struct stat *attr, int set, struct fuse_file_info *file),
	req, id, attr, set, file);
OPERATION(access, to_caller(req, ops_kind(id)), EACCES, (fuse_req_t req, fuse_ino_t id, int mask),
	req, id, mask);

OPERATION(readlink, ops_kind(id), EINVAL, (fuse_req_t req, fuse_ino_t id), req, id);

OPERATION(opendir, ops_kind(id), ENOTDIR,
	(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file), req, id, file);
OPERATION(readdir, ops_kind(id), ENOTDIR,
	(fuse_req_t req, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file),
	req, id, size, offset, file);
OPERATION(readdirplus, ops_kind(id), ENOTDIR,
	(fuse_req_t req, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file),
	req, id, size, offset, file);
OPERATION(releasedir, ops_kind(id), 0, (fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file),
	req, id, file);

OPERATION(mkdir, to_caller(req, ops_kind_of_name(dir, name)), ops_change_error(req, kind),
	(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode), req, dir, name, mode);
OPERATION(mknod, to_caller(req, ops_kind_of_name(dir, name)), ops_change_error(req, kind),
	(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode, dev_t device), req, dir,
	name, mode, device);
OPERATION(symlink, to_caller(req, ops_kind_of_name(dir, name)), ops_change_error(req, kind),
	(fuse_req_t req, const char *target, fuse_ino_t dir, const char *name), req, target, dir,
	name);
OPERATION(unlink, to_caller(req, ops_kind_of_name(dir, name)), ops_change_error(req, kind),
	(fuse_req_t req, fuse_ino_t dir, const char *name), req, dir, name);
OPERATION(rmdir, to_caller(req, ops_kind_of_name(dir, name)), ops_change_error(req, kind),
	(fuse_req_t req, fuse_ino_t dir, const char *name), req, dir, name);
OPERATION(create, to_caller(req, ops_kind_of_name(dir, name)), ops_change_error(req, kind),
	(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode,
		struct fuse_file_info *file),
	req, dir, name, mode, file);

OPERATION(open, to_caller(req, ops_kind(id)), EACCES,
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

/* What is no key is not locked, and so unlocked. */
OPERATION(flock, kind_of_file(id, file), (operation & LOCK_UN) ? 0 : EOPNOTSUPP,
	(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, int operation), req, id, file,
	operation);
OPERATION(getlk, kind_of_file(id, file), EOPNOTSUPP,
	(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, struct flock *lock), req, id,
	file, lock);
OPERATION(setlk, kind_of_file(id, file), lock->l_type == F_UNLCK ? 0 : EOPNOTSUPP,
	(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, struct flock *lock, int wait),
	req, id, file, lock, wait);

OPERATION(getxattr, ops_kind(id), ENODATA,
	(fuse_req_t req, fuse_ino_t id, const char *name, size_t size), req, id, name, size);
OPERATION(setxattr, ops_kind(id), ops_change_error(req, kind) == EROFS ? EROFS : EOPNOTSUPP,
	(fuse_req_t req, fuse_ino_t id, const char *name, const char *value, size_t size,
		int flags),
	req, id, name, value, size, flags);

/* No file has attributes of another namespace than "user.". EOPNOTSUPP says so of the whole
 * filesystem: ls(1) then asks for "security." and "system." of one file only. */
static void ops_getxattr_of_user(fuse_req_t req, fuse_ino_t id, const char *name, size_t size)
{
	if (strncmp(name, "user.", strlen("user.")) == 0)
		ops_getxattr(req, id, name, size);
	else
		fuse_reply_err(req, EOPNOTSUPP);
}

/* Each table has these two, because they cannot be answered with an error. */
static void ops_forget(fuse_req_t req, fuse_ino_t id, uint64_t count)
{
	kind_ops[ops_kind(id)]->forget(req, id, count);
}

static void ops_poll(
	fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, struct fuse_pollhandle *poll)
{
	kind_ops[kind_of_file(id, file)]->poll(req, id, file, poll);
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
	.readlink = ops_readlink,
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
	.getxattr = ops_getxattr_of_user,
	.listxattr = ops_listxattr,
	.setxattr = ops_setxattr,
	.removexattr = ops_removexattr,
	.flock = ops_flock,
	.getlk = ops_getlk,
	.setlk = ops_setlk,
};
