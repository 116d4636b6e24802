/* Helpers that all operations share. */
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/request/attr.h"
#include "fs/request/permissions.h"

struct fs *ops_fs(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

void ops_attr(struct fs *fs, const struct mirror_info *info, struct stat *ret)
{
	if (info->handles && !info->is_dir)
		mirror_set_paged(fs->mirror, info->id);
	attr_of_node(fs->config, info, ret);
}

void ops_entry(struct fs *fs, const struct mirror_info *info, struct fuse_entry_param *ret)
{
	*ret = (struct fuse_entry_param){.ino = info->id};
	ops_attr(fs, info, &ret->attr);
}

void ops_entry_of_child(
	struct fs *fs, uint64_t dir, const struct mirror_info *info, struct fuse_entry_param *ret)
{
	ops_entry(fs, info, ret);
	/* What no key has yet may go without a revision that tells of it. */
	if (!info->draft)
		ret->entry_timeout = keep_name(fs->config, fs->mirror, dir);
}

void ops_set_keeps(struct op *op, mode_t mode, bool is_dir)
{
	const struct fs_config *config = op_fs(op)->config;
	const struct fuse_ctx *ctx = fuse_req_ctx(op->req);
	struct mirror_info dir = {0};

	if (!config->metadata)
		return;
	mirror_info(op_fs(op)->mirror, op->id, &dir);
	op->keeps =
		permissions_of_new(config, &dir, (struct caller){ctx->uid, ctx->gid}, mode, is_dir);
}

bool ops_list_name(
	struct ops_list *list, const char *name, const struct fuse_entry_param *entry, off_t next)
{
	char *at = list->data + list->used;
	size_t left = list->size - list->used;
	size_t need = list->plus ? fuse_add_direntry_plus(list->req, at, left, name, entry, next)
				 : fuse_add_direntry(list->req, at, left, name, &entry->attr, next);

	if (need > left)
		return false;
	list->used += need;
	return true;
}
