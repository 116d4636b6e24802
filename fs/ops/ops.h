/* FUSE's operations on a mount, with a table of operations for each kind of node. */
/*
 * Threads: called in the FUSE thread, which never waits: what memory can answer is replied at once,
 *          everything else becomes an op (op.h) and is replied in the RPC thread. One FUSE thread
 *          takes the requests in the kernel's order, so that a request which follows a close is
 *          posted after it.
 */
#pragma once

#include "fs/control/ctldir.h"
#include "fs/mirror/mirror.h"
#include "fs/request/op.h"
#include "fs/request/txn.h"

/* The operations that the kernel calls, without `init`: each finds the kind, and calls that kind's
 * table. */
extern const struct fuse_lowlevel_ops ops_all;

enum ops_kind {
	OPS_KEY,
	OPS_ROLE,
	OPS_CTLDIR,
	OPS_PAST,     /* what a key was at an older revision */
	OPS_NOTIFIER, /* a caller, not a node: its requests, its open file (ops_notifier.c) */
};

/* The kind of a node; the kind of a name in @dir, whether or not it exists. */
enum ops_kind ops_kind(uint64_t id);
enum ops_kind ops_kind_of_name(uint64_t dir, const char *name);

/* The table of each kind; that of keys is in ops_table.c. */
extern const struct fuse_lowlevel_ops role_ops;
extern const struct fuse_lowlevel_ops ctldir_ops;
extern const struct fuse_lowlevel_ops past_ops;
extern const struct fuse_lowlevel_ops notifier_ops;

/* The mount that a request is for. */
struct fs *ops_fs(fuse_req_t req);

/* Whether the request comes from the notifier, which is recognised by its pid. */
bool ops_is_notifier(fuse_req_t req);

/* Whether the notifier has opened @file. The caller does not matter, because a close may come
 * without a pid. */
bool ops_notifier_file(const struct fuse_file_info *file);

/* The errno (positive) for a change of this kind of node; 0: it may be changed. */
int ops_change_error(fuse_req_t req, enum ops_kind kind);

/* Replies EROFS or EPERM, and returns true, if @name in @dir may not be changed, or, with @name
 * NULL, the node @dir. */
bool ops_refuse_change(fuse_req_t req, uint64_t dir, const char *name);

/* The attributes that the kernel is told. For an open file this also fills the kernel's pages from
 * the present value from now on, because that has the size which the kernel is told. */
void ops_attr(struct fs *fs, const struct mirror_info *info, struct stat *ret);

/* The same as an entry for a name that the kernel must not keep. */
void ops_entry(struct fs *fs, const struct mirror_info *info, struct fuse_entry_param *ret);

/* The same for a name in @dir that the mirror has just returned, which the kernel may keep. */
void ops_entry_of_child(
	struct fs *fs, uint64_t dir, const struct mirror_info *info, struct fuse_entry_param *ret);

/* Makes an op that changes @name in @dir. NULL: the request has been answered. */
struct op *ops_name_op(fuse_req_t req, fuse_ino_t dir, const char *name);

/* Sets op->keeps for a name that its caller makes with @mode in op->id. */
void ops_set_keeps(struct op *op, mode_t mode, bool is_dir);

/* The open file that ops_open_handle() has stored in @file: of a key, and not the notifier's. */
static inline struct handle *ops_handle(const struct fuse_file_info *file)
{
	return (struct handle *)(uintptr_t)file->fh;
}

/* Opens node @id at its present value, and stores the open file in op->file. Returns 0 or -errno.
 * RPC thread. */
int ops_open_handle(struct op *op, uint64_t id);
void ops_close_handle(struct fs *fs, struct handle *handle);

/* Whether @file is opened with flags that change it, or let it be changed. */
bool ops_wants_write(const struct fuse_file_info *file);

/* The answer to a READDIR or READDIRPLUS (@plus), being made in @data, which is the caller's. */
struct ops_list {
	fuse_req_t req;
	bool plus;
	char *data;
	size_t size, used;
};

/* Adds a name; @next is the position behind it. False: there is no room for it. */
bool ops_list_name(
	struct ops_list *list, const char *name, const struct fuse_entry_param *entry, off_t next);

/* ops_lookup.c */
void ops_key_lookup(fuse_req_t req, fuse_ino_t dir, const char *name);
void ops_key_forget(fuse_req_t req, fuse_ino_t id, uint64_t count);

/* ops_meta.c */
void ops_key_getattr(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file);
/* Ends an op with the attributes of its node. @keep: the kernel may keep them, since no change can
 * have come between. */
void ops_reply_attr(struct op *op, int error, bool keep);
void ops_key_access(fuse_req_t req, fuse_ino_t id, int mask);
void ops_statfs(fuse_req_t req, fuse_ino_t id);

/* ops_setattr.c */
void ops_key_setattr(
	fuse_req_t req, fuse_ino_t id, struct stat *attr, int set, struct fuse_file_info *file);

/* ops_dir.c */
void ops_key_opendir(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file);
void ops_key_readdir(
	fuse_req_t req, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file);
void ops_key_readdirplus(
	fuse_req_t req, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file);
void ops_key_releasedir(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file);

/* ops_name.c */
void ops_key_mkdir(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode);
void ops_key_unlink(fuse_req_t req, fuse_ino_t dir, const char *name);
void ops_key_rmdir(fuse_req_t req, fuse_ino_t dir, const char *name);

/* Ends an op that has made op->name in op->id: replies its entry, or @error. */
void ops_reply_made(struct op *op, int error);

/* ops_link.c */
void ops_key_symlink(fuse_req_t req, const char *target, fuse_ino_t dir, const char *name);
void ops_key_readlink(fuse_req_t req, fuse_ino_t id);
void ops_link(fuse_req_t req, fuse_ino_t id, fuse_ino_t dir, const char *name);

/* ops_rename.c */
void ops_rename(fuse_req_t req, fuse_ino_t dir, const char *name, fuse_ino_t new_dir,
	const char *new_name, unsigned flags);

/* ops_create.c */
void ops_key_create(
	fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode, struct fuse_file_info *file);
void ops_key_mknod(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode, dev_t device);

/* Parts of a create: the key that is put at once, for a mutation; what ends the op, with the file
 * open, or with the error; and, behind a barrier, the create without O_EXCL. */
int ops_create_prepare(struct op *op, struct txn *txn);
void ops_create_done(struct op *op, int error);
void ops_create_fresh(struct op *op, int error);

/* ops_create_aside.c: makes @name in the directory whose .etcd has @node. */
void ops_create_aside(fuse_req_t req, const struct ctldir_node *node, const char *name,
	struct fuse_file_info *file);

/* ops_ttl.c: the attribute user.etcd.ttl. */
void ops_ttl_get(struct op *op, int error);
void ops_ttl_set(fuse_req_t req, fuse_ino_t id, const char *value, size_t size, int flags);
void ops_ttl_remove(fuse_req_t req, fuse_ino_t id);

/* ops_xattr.c */
void ops_end_with_bytes(struct op *op, int error, const struct buf *bytes);
uint64_t ops_xattr_node(const struct op *op);

/* Replies @bytes to a caller whose buffer has @size bytes; 0: the caller asks how much it needs. */
void ops_reply_bytes(fuse_req_t req, struct bytes bytes, size_t size);

/* Appends the attribute @name of the node @id of @mirror, which has @prefix. 0, -ENODATA or
 * -errno. */
int ops_xattr_of(
	struct mirror *mirror, struct bytes prefix, uint64_t id, const char *name, struct buf *ret);
void ops_key_getxattr(fuse_req_t req, fuse_ino_t id, const char *name, size_t size);
void ops_listxattr(fuse_req_t req, fuse_ino_t id, size_t size);
void ops_key_setxattr(
	fuse_req_t req, fuse_ino_t id, const char *name, const char *value, size_t size, int flags);
void ops_removexattr(fuse_req_t req, fuse_ino_t id, const char *name);

/* ops_lock.c */
void ops_key_flock(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, int operation);
void ops_key_getlk(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, struct flock *lock);
void ops_key_setlk(
	fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, struct flock *lock, int wait);

/* FLUSH where there are locks: publishes, and then ends the locks of the process. */
void ops_lock_flush(fuse_req_t req, struct fuse_file_info *file);
/* Ends the locks that were taken through @handle, which is closed. @arg is the mount. */
void ops_lock_release(void *arg, struct handle *handle);

/* ops_past_file.c */

struct past_tree;

/* The tree of the node @id of an older revision, referenced for the caller. NULL: an error was
 * replied. */
struct past_tree *ops_past_tree(fuse_req_t req, uint64_t id);
void ops_past_open(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file);
void ops_past_read(
	fuse_req_t req, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file);
void ops_past_release(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file);

/* Parts of locking that a directory's lock has too. ops_lock_of_flock(): false: there is no such
 * operation. ops_lock_test(): answers F_GETLK; op->data has the key. ops_lock_flushed(): op->lock
 * has the error. */
bool ops_lock_of_flock(
	const struct fuse_file_info *file, int operation, struct op_lock *ret, bool *ret_unlocks);
struct op_lock ops_lock_of_fcntl(const struct fuse_file_info *file, const struct flock *lock);
void ops_lock_test(struct op *op, int error);
void ops_lock_flushed(struct op *op, int error);

/* ops_lock_xattr.c: whether @name is an attribute of a lock of node @id, which is answered then. */
bool ops_lock_getxattr(fuse_req_t req, uint64_t id, const char *name, size_t size);

/* ops_lock_dir.c */
void ops_ctldir_flock(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, int operation);
void ops_ctldir_getlk(
	fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, struct flock *lock);
void ops_ctldir_setlk(
	fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, struct flock *lock, int wait);
void ops_lock_dir_flush(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file);
void ops_lock_dir_release(void *arg, uint64_t dir, uint64_t file);

/* ops_write.c */
void ops_key_write(fuse_req_t req, fuse_ino_t id, const char *data, size_t size, off_t offset,
	struct fuse_file_info *file);
void ops_key_fallocate(fuse_req_t req, fuse_ino_t id, int mode, off_t offset, off_t length,
	struct fuse_file_info *file);

/* ops_file.c */
void ops_key_open(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file);
void ops_key_read(
	fuse_req_t req, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file);
void ops_key_flush(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file);
void ops_key_fsync(fuse_req_t req, fuse_ino_t id, int datasync, struct fuse_file_info *file);
void ops_key_release(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file);
void ops_key_poll(
	fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, struct fuse_pollhandle *poll);

/* Replies that the file is ready to read and write. */
void ops_poll_ready(
	fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, struct fuse_pollhandle *poll);
