/*
 * etcd has no owner, mode or times: the mount's options give the first two, and the times are when
 * this node saw the change, or what utimens has set since (times.h).
 *
 * In linearizable mode the kernel keeps nothing. In cached mode it keeps names, and attributes that
 * it has asked for, until it is made to forget them (invalidate.h); but not
 *   - a name in a directory in which the notifier has touches to make. It has to be asked for
 * there, since it is answered with what is about to be true (touches.h)
 *   - the attributes of what is open here: they change with each write, which is seen at once
 *   - attributes that come with a name, since those may be older than what it has just forgotten
 */
#include "fs/attr.h"

#include "fs/fs_private.h"
#include "fs/mode.h"

#include <time.h>

#define BLOCK 4096
#define KEEP_SECONDS 60 /* should ever a change fail to be forgotten, this ends it */

static void attr_common(
	const struct fs *fs, uint64_t id, mode_t mode, int64_t size, struct stat *ret)
{
	*ret = (struct stat){
		.st_ino = id,
		.st_mode = mode,
		.st_nlink = 1,
		.st_uid = fs->config->uid,
		.st_gid = fs->config->gid,
		.st_size = size,
		.st_blksize = BLOCK,
		.st_blocks = (size + 511) / 512,
	};
}

void attr_of_node(const struct fs *fs, const struct mirror_info *info, struct stat *ret)
{
	mode_t mode = mode_of(fs->config, info->is_dir);

	if (info->is_dir) {
		attr_common(fs, info->id, S_IFDIR | mode, 0, ret);
		ret->st_nlink = 2 + info->n_dirs;
	} else {
		if (info->handles)
			mirror_set_paged(fs->mirror, info->id);
		attr_common(fs, info->id, S_IFREG | mode, info->size, ret);
	}
	if (info->dead)
		ret->st_nlink = 0;
	ret->st_atim = info->accessed;
	ret->st_mtim = info->modified;
	ret->st_ctim = info->changed;
}

void attr_of_file(struct fs *fs, uint64_t id, mode_t mode, size_t size, struct stat *ret)
{
	attr_common(fs, id, S_IFREG | (mode & ~fs->config->fmask), size, ret);
	if (special_by_id(id))
		ret->st_mtim = special_time(&fs->specials);
	else
		clock_gettime(CLOCK_REALTIME, &ret->st_mtim);
	ret->st_atim = ret->st_ctim = ret->st_mtim;
}

void entry_of_node(
	const struct fs *fs, const struct mirror_info *info, struct fuse_entry_param *ret)
{
	*ret = (struct fuse_entry_param){.ino = info->id};
	attr_of_node(fs, info, &ret->attr);
}

void entry_of_child(
	struct fs *fs, uint64_t dir, const struct mirror_info *info, struct fuse_entry_param *ret)
{
	entry_of_node(fs, info, ret);
	ret->entry_timeout = keep_name(fs, dir);
}

double keep_name(struct fs *fs, uint64_t dir)
{
	return fs->config->cached && mirror_is_told(fs->mirror, dir) ? KEEP_SECONDS : 0;
}

double keep_attr(const struct fs *fs, const struct mirror_info *info)
{
	return fs->config->cached && !info->dead && !info->handles ? KEEP_SECONDS : 0;
}
