#include "fs/request/permissions.h"

#include <errno.h>
#include <fuse_lowlevel.h>

mode_t permissions_of(const struct fs_config *config, bool is_dir)
{
	return 0777 & ~(is_dir ? config->dmask : config->fmask);
}

mode_t permissions_shown(const struct fs_config *config, const struct mirror_info *info)
{
	if (info->kind == META_SYMLINK)
		return 0777;
	return info->has & META_HAS_MODE ? info->mode : permissions_of(config, info->is_dir);
}

struct meta_change permissions_kept(
	const struct fs_config *config, bool is_dir, const struct stat *wanted, int set)
{
	struct meta_change change = {
		.set = (set & FUSE_SET_ATTR_MODE ? META_HAS_MODE : 0) |
		       (set & FUSE_SET_ATTR_UID ? META_HAS_UID : 0) |
		       (set & FUSE_SET_ATTR_GID ? META_HAS_GID : 0),
		.mode = wanted->st_mode & 07777,
		.uid = wanted->st_uid,
		.gid = wanted->st_gid,
	};

	change.has = (change.mode != permissions_of(config, is_dir) ? META_HAS_MODE : 0) |
		     (change.uid != config->uid ? META_HAS_UID : 0) |
		     (change.gid != config->gid ? META_HAS_GID : 0);
	change.has &= change.set;
	return change;
}

struct meta_change permissions_of_new(const struct fs_config *config, const struct mirror_info *dir,
	struct caller caller, mode_t mode, bool is_dir)
{
	bool inherits = (dir->has & META_HAS_MODE) && (dir->mode & S_ISGID);
	gid_t dir_gid = dir->has & META_HAS_GID ? dir->gid : config->gid;
	mode_t executable = is_dir ? 0 : permissions_of(config, false) & 0111;
	const struct stat wanted = {
		.st_mode = (mode & ~config->make_mask) | (mode >> 2 & executable) |
			   (inherits && is_dir ? S_ISGID : 0),
		.st_uid = caller.uid,
		.st_gid = inherits ? dir_gid : caller.gid,
	};

	return permissions_kept(config, is_dir, &wanted,
		FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID);
}

bool permissions_drop(const struct fs_config *config, const struct mirror_info *info, uid_t caller,
	struct meta_change *ret)
{
	struct meta after = {.has = info->has & META_HAS_MODE, .mode = info->mode};

	if (caller == 0 || !after.has || !(after.mode & (S_ISUID | S_ISGID)))
		return false;
	*ret = (struct meta_change){.drops = true, .usual = permissions_of(config, false)};
	meta_change_apply(ret, &after);
	return after.mode != info->mode;
}

/* For a directory the x bits count too: without x nothing below can be read. */
bool permissions_hide(const struct fs_config *config, bool is_dir, mode_t wanted)
{
	mode_t reading = is_dir ? 055 : 044;

	return config->allow_other && !config->metadata &&
	       (permissions_of(config, is_dir) & ~wanted & reading);
}

/* Whether the owner would be another user, who has fewer rights as one of the others. Root needs no
 * mode bits. */
static bool owner_shuts_out(const struct fs_config *config, mode_t shown, uid_t uid)
{
	return uid != config->uid && config->uid != 0 && (shown >> 6 & ~shown & 07);
}

static bool group_shuts_out(const struct fs_config *config, mode_t shown, gid_t gid)
{
	return gid != config->gid && (shown >> 3 & ~shown & 07);
}

int permissions_change(const struct fs_config *config, const struct mirror_info *info,
	const struct stat *wanted, int set, uid_t caller)
{
	mode_t shown = permissions_of(config, info->is_dir);
	uid_t owner = info->has & META_HAS_UID ? info->uid : config->uid;

	/* As on any filesystem; with allow_other the kernel checks this itself. */
	if ((set & FUSE_SET_ATTR_UID) && wanted->st_uid != owner && caller != 0)
		return -EPERM;
	if (!config->allow_other || config->metadata)
		return 0;
	if ((set & FUSE_SET_ATTR_MODE) && !info->making &&
		permissions_hide(config, info->is_dir, wanted->st_mode))
		return -EPERM;
	if ((set & FUSE_SET_ATTR_UID) && owner_shuts_out(config, shown, wanted->st_uid))
		return -EPERM;
	if ((set & FUSE_SET_ATTR_GID) && group_shuts_out(config, shown, wanted->st_gid))
		return -EPERM;
	return 0;
}
