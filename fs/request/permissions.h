/* The mode and owner that all files show, and the answers to chmod and chown. */
/*
 * Threads: any; nothing here changes.
 * Rule:    etcd keeps neither mode nor owner, so the mount's options give both, and chmod and chown
 *          change nothing. They are accepted: a caller who gets fewer rights than requested finds
 *          out on first use, and the user who mounts decides who may write. But where other users
 *          may use the mount, a mode that would keep them from reading is refused: nobody would
 *          find out that it was ignored. It is accepted while the file is being made, because
 *          rsync and install close a new file to others, and open it when it is complete. A file
 *          that stays closed is reported in the log (secret.h).
 */
#pragma once

#include "fs/api/config.h"
#include "fs/mirror/mirror.h"

#include <sys/stat.h>

/* The permission bits of a file or directory. */
mode_t permissions_of(const struct fs_config *config, bool is_dir);

/* Whether the mode @wanted would keep somebody from reading who may read now. */
bool permissions_hide(const struct fs_config *config, bool is_dir, mode_t wanted);

/* Whether @caller may change the node @info to @wanted; @set says which fields, in
 * FUSE_SET_ATTR_... Returns 0 or -EPERM. */
int permissions_change(const struct fs_config *config, const struct mirror_info *info,
	const struct stat *wanted, int set, uid_t caller);
