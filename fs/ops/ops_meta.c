/* GETATTR, ACCESS and STATFS. */
#include "fs/file/handle.h"
#include "fs/file/publish.h"
#include "fs/file/view.h"
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/request/attr.h"
#include "fs/request/gone.h"
#include "fs/request/permissions.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* --- getattr --- */

/* Whether a dead node was not asked for by path, but by a process that has it open, or from inside
 * it. If that is not known: yes for a node that is open here, and for one that was removed here,
 * because no name leads to it any more. */
static bool is_held(const struct op *op, const struct mirror_info *info)
{
	if (info->handles && op->walk.confirmed)
		return true; /* by path or by descriptor is not known, and both may be answered */
	if (op->walk.known)
		return !op->walk.by_path;
	return info->handles || info->unlinked_here;
}

/* For fstat(2): the next read by the same descriptor must give as many bytes as the size shown. The
 * kernel does not say which descriptor it is, nor whether it is a stat(2) by path. */
static void show_next_read(struct op *op, struct mirror_info *info)
{
	CLEANUP(value_unref) struct value *value = NULL;
	struct viewer viewer = {.pid = op->req ? fuse_req_ctx(op->req)->pid : 0};
	int r = info->dead ? mirror_last_value(op_fs(op)->mirror, info->id, &value)
			   : view_value(&op_fs(op)->files, op_fs(op)->mirror, info->id, viewer,
				     &value);

	if (r >= 0 && view_renew(&op_fs(op)->files, info->id, viewer.pid, value))
		info->size = value->len;
}

void ops_reply_attr(struct op *op, int error, bool keep)
{
	struct mirror_info info;
	struct stat attr;
	int r = error ? error : mirror_info(op_fs(op)->mirror, op->id, &info);

	/* It is gone, or another node has its name; but a process that has it open asks about the
	 * old node. */
	if (r == 0 && info.dead && !info.handles)
		r = mirror_info(op_fs(op)->mirror, mirror_heir(op_fs(op)->mirror, op->id), &info);
	if (r == 0 && info.dead && gone_within_call(op) && !info.handles)
		info.dead = false;
	if (r == 0 && info.dead && !is_held(op, &info))
		r = -ESTALE;
	if (r) {
		op_reply(op, r);
		return;
	}
	if (keep && info.handles && !info.is_dir)
		show_next_read(op, &info);
	ops_attr(op_fs(op), &info, &attr);
	keep &= info.id == op->id;
	op_reply_attr(op, &attr, keep ? keep_attr(op_fs(op)->config, &info) : 0);
}

/* With allow_other the kernel asks for the root's mode before each path. Of .role and .etcd all is
 * known in an outage as well, so there the root's attributes are answered as they were known last;
 * no barrier has passed then. */
static bool is_way_in(const struct op *op)
{
	return op->id == ROOT_ID && op->requests->config->allow_other;
}

/* The caller now sees the mode that the file really has (rsync does), so nothing needs to be
 * logged. */
static void getattr_settled(struct op *op, int error)
{
	if (error == -ETIMEDOUT && is_way_in(op)) {
		walks_unsure(&op->requests->walks, op->req ? fuse_req_ctx(op->req)->pid : 0);
		error = 0;
	}
	mirror_set_secret(op_fs(op)->mirror, op->id, false);
	ops_reply_attr(op, error, true);
}

void ops_key_getattr(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	struct op *op = op_new(&ops_fs(req)->requests, req, id);

	(void)file;
	if (!op)
		return;
	if (op->hurried && is_way_in(op))
		getattr_settled(op, -ETIMEDOUT);
	else
		publish_start_read(&op_fs(op)->publisher, op, getattr_settled);
}

/* --- access --- */

/* access(2) and chdir(2) by the user who owns everything: what exists may be read and written, and
 * may be entered or executed if its mode has an x bit. */
static void access_fresh(struct op *op, int error)
{
	struct mirror_info info;
	int r = error ? error : mirror_info(op_fs(op)->mirror, op->id, &info);

	if (r == 0 && info.dead && !gone_within_call(op))
		r = -ESTALE;
	if (r == 0 && (op->access_mask & X_OK) &&
		!(permissions_shown(op_fs(op)->config, &info) & 0111))
		r = -EACCES;
	op_reply(op, r);
}

void ops_key_access(fuse_req_t req, fuse_ino_t id, int mask)
{
	struct fs *fs = ops_fs(req);
	struct op *op;

	if ((mask & W_OK) && supervisor_link_is_read_only(&fs->supervisor)) {
		fuse_reply_err(req, EROFS);
		return;
	}
	op = op_new(&fs->requests, req, id);
	if (!op)
		return;
	op->access_mask = mask;
	barrier_start_read(&op_fs(op)->barrier, op, access_fresh);
}

/* --- statfs --- */

/* etcd's quota. If it is not known (etcd is not ours) or there is none: etcd's default, doubled
 * until the database fits, because there is space until etcd says that there is none. */
static int64_t quota_of(const struct fs *fs, int64_t used)
{
	int64_t quota = INT64_C(2) << 30;

	if (fs->config->quota)
		return fs->config->quota;
	while (quota <= used)
		quota *= 2;
	return quota;
}

/* Answered from memory, so that df never hangs: the size of etcd's database against its quota. */
void ops_statfs(fuse_req_t req, fuse_ino_t id)
{
	struct fs *fs = ops_fs(req);
	struct fs_role_update role = supervisor_link_role(&fs->supervisor);
	int64_t used = role.db_size, quota = quota_of(fs, used);
	struct statvfs stat = {
		.f_bsize = 4096,
		.f_frsize = 4096,
		.f_blocks = quota / 4096,
		.f_namemax = 255,
	};

	(void)id;
	if (used < quota && !role.no_space)
		stat.f_bfree = stat.f_bavail = (quota - used) / 4096;
	/* The number of keys has no limit of its own: as many as there are free blocks. */
	stat.f_ffree = stat.f_favail = stat.f_bfree;
	stat.f_files = mirror_count(fs->mirror) + stat.f_ffree;
	fuse_reply_statfs(req, &stat);
}
