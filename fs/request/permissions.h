/* The modes and the owner that all files show, and what becomes of chmod and chown. */
/*
 * Threads: any; nothing here changes.
 * Rule:    etcd keeps neither, so the mount's options give both, and chmod and chown change
 * nothing. They are accepted: a caller who gets fewer rights than requested finds out on first use,
 * so ignoring the request is safe, and who may write is said by whoever mounts. But where other
 * users may use the mount, a mode that is to keep them from reading is refused: nobody would find
 * out that it was ignored. It is not refused while the file is being made: rsync and install close
 * a new file to others, and open it when it is whole. What stays closed is said in the log
 * (secret.h).
 */
#pragma once

#include "fs/api/config.h"
#include "fs/mirror/mirror.h"

#include <sys/stat.h>

/* The permission bits of a file or directory. */
mode_t permissions_of(const struct fs_config *config, bool is_dir);

/* Whether the mode @wanted is to keep somebody from reading who may read. */
bool permissions_hide(const struct fs_config *config, bool is_dir, mode_t wanted);

/* Whether @caller is refused what @wanted asks for, of the node @info: @set says what, in
 * FUSE_SET_ATTR_... 0 or -EPERM. */
int permissions_change(const struct fs_config *config, const struct mirror_info *info,
	const struct stat *wanted, int set, uid_t caller);
