/* Who may what: the modes and the owner that all files show, and what becomes of chmod and chown.
 */
/*
 * Threads: any; nothing here changes.
 * Rule:    etcd keeps neither, so the mount's options give both, and chmod and chown change
 * nothing. They are accepted, since whoever is let have less than was asked for notices, at the
 * latest when it is tried. But where other users are let in, what is asked for to keep somebody out
 * is refused: that nobody would notice.
 */
#pragma once

#include "fs/fs.h"

#include <sys/stat.h>

/* The permission bits of a file or directory. */
mode_t mode_of(const struct fs_config *config, bool is_dir);

/* Whether @caller is refused what @wanted asks for, of a file or directory: @set says what, in
 * FUSE_SET_ATTR_... 0 or -EPERM. */
int mode_change(const struct fs_config *config, bool is_dir, const struct stat *wanted, int set,
	uid_t caller);
