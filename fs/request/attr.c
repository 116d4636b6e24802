/*
 * Owner, mode and times are those that are kept (meta.h). Where none are, the mount's options give
 * owner and mode, and the times are when this mount saw the change, or what utimensat(2) has set
 * since and is not kept yet (times.h).
 *
 * In linearizable mode the kernel keeps nothing. In cached mode it keeps names, and attributes that
 * it has asked for, until it is told to forget them (invalidate.h), except:
 *   - a name in a directory in which the notifier has touches to make: the kernel must ask again,
 *     because the answer anticipates the touch (touch_queue.h);
 *   - the attributes of a node that is open here: they change with each write, and a write must
 *     be visible at once;
 *   - attributes that come with a name: they may be older than those that the kernel was just
 *     told to forget.
 */
#include "fs/request/attr.h"

#include "fs/request/permissions.h"

#define BLOCK 4096
#define KEEP_SECONDS 60 /* an upper limit, should the kernel ever miss an invalidation */

static void attr_common(
	const struct fs_config *config, uint64_t id, mode_t mode, int64_t size, struct stat *ret)
{
	*ret = (struct stat){
		.st_ino = id,
		.st_mode = mode,
		.st_nlink = 1,
		.st_uid = config->uid,
		.st_gid = config->gid,
		.st_size = size,
		.st_blksize = BLOCK,
		.st_blocks = (size + 511) / 512,
	};
}

mode_t attr_type(bool is_dir, enum meta_kind kind)
{
	if (is_dir)
		return S_IFDIR;
	switch (kind) {
	case META_SYMLINK:
		return S_IFLNK;
	case META_FIFO:
		return S_IFIFO;
	case META_SOCKET:
		return S_IFSOCK;
	default:
		return S_IFREG;
	}
}

void attr_of_node(const struct fs_config *config, const struct mirror_info *info, struct stat *ret)
{
	mode_t mode = attr_type(info->is_dir, info->kind) | permissions_shown(config, info);

	attr_common(config, info->id, mode, info->is_dir ? 0 : info->size, ret);
	if (info->is_dir)
		ret->st_nlink = 2 + info->n_dirs;
	if (info->has & META_HAS_UID)
		ret->st_uid = info->uid;
	if (info->has & META_HAS_GID)
		ret->st_gid = info->gid;
	if (info->dead)
		ret->st_nlink = 0;
	ret->st_atim = info->accessed;
	ret->st_mtim = info->modified;
	ret->st_ctim = info->changed;
}

void attr_of_file(const struct fs_config *config, uint64_t id, mode_t mode, size_t size,
	struct timespec time, struct stat *ret)
{
	attr_common(config, id, S_IFREG | (mode & ~config->fmask), size, ret);
	ret->st_atim = ret->st_mtim = ret->st_ctim = time;
}

double keep_name(const struct fs_config *config, struct mirror *mirror, uint64_t dir)
{
	return config->cached && mirror_is_told(mirror, dir) ? KEEP_SECONDS : 0;
}

double keep_attr(const struct fs_config *config, const struct mirror_info *info)
{
	return config->cached && !info->dead && !info->handles ? KEEP_SECONDS : 0;
}
