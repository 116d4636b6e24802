#include "fs/request/permissions.h"

#include <errno.h>
#include <fuse_lowlevel.h>

mode_t permissions_of(const struct fs_config *config, bool is_dir)
{
	return 0777 & ~(is_dir ? config->dmask : config->fmask);
}

/* For a directory the x bits count too: without x nothing below can be read. */
bool permissions_hide(const struct fs_config *config, bool is_dir, mode_t wanted)
{
	mode_t reading = is_dir ? 055 : 044;

	return config->allow_other && (permissions_of(config, is_dir) & ~wanted & reading);
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

	/* As on any filesystem; with allow_other the kernel checks this itself. */
	if ((set & FUSE_SET_ATTR_UID) && wanted->st_uid != config->uid && caller != 0)
		return -EPERM;
	if (!config->allow_other)
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
