/* The mode and owner that files show, what is kept of them, and the answers to chmod and chown. */
/*
 * Threads: any; nothing here changes.
 * Rule:    what the mount shows by its options is kept nowhere, so a file that nobody has changed
 * costs nothing. With `metadata=off` nothing is kept: the mount's options give mode and owner, and
 * chmod and chown change nothing. They are accepted: a caller who gets fewer rights than requested
 * finds out on first use, and the user who mounts decides who may write. But where other users may
 * use the mount, a mode that would keep them from reading is refused: nobody would find out that it
 * was ignored. It is accepted while the file is being made, because rsync and install close a new
 * file to others, and open it when it is complete. A file that stays closed is reported in the log
 * (secret.h).
 */
#pragma once

#include "fs/api/config.h"
#include "fs/mirror/mirror.h"
#include "fs/tree/meta_change.h"

#include <sys/stat.h>

/* The permission bits of a file or directory for which none are kept. */
mode_t permissions_of(const struct fs_config *config, bool is_dir);

/* Those that are shown: a symbolic link has all. */
mode_t permissions_shown(const struct fs_config *config, const struct mirror_info *info);

/* Who calls. */
struct caller {
	uid_t uid;
	gid_t gid;
};

/* What a chmod or chown to @wanted changes of what is kept; @set says which fields, in
 * FUSE_SET_ATTR_... What the mount shows anyway is not kept. */
struct meta_change permissions_kept(
	const struct fs_config *config, bool is_dir, const struct stat *wanted, int set);

/* The same for a name that @caller makes with @mode in the directory @dir. */
struct meta_change permissions_of_new(const struct fs_config *config, const struct mirror_info *dir,
	struct caller caller, mode_t mode, bool is_dir);

/* Whether a write of @caller to the file @info drops setuid or setgid, and then how: root's write
 * drops nothing. */
bool permissions_drop(const struct fs_config *config, const struct mirror_info *info, uid_t caller,
	struct meta_change *ret);

/* Whether the mode @wanted would keep somebody from reading who may read now. */
bool permissions_hide(const struct fs_config *config, bool is_dir, mode_t wanted);

/* Whether @caller may change the node @info to @wanted; @set says which fields, in
 * FUSE_SET_ATTR_... Returns 0 or -EPERM. */
int permissions_change(const struct fs_config *config, const struct mirror_info *info,
	const struct stat *wanted, int set, uid_t caller);
