/* Makes the attributes that the kernel is given for a node, and says how long it may keep them. */
#pragma once

#include "fs/api/config.h"
#include "fs/mirror/mirror.h"

#include <fuse_lowlevel.h>
#include <sys/stat.h>
#include <time.h>

/* The bits of S_IFMT. */
mode_t attr_type(bool is_dir, enum meta_kind kind);

void attr_of_node(const struct fs_config *config, const struct mirror_info *info, struct stat *ret);

/* Fills @ret for a file that is no key, with @size bytes, last changed at @time. */
void attr_of_file(const struct fs_config *config, uint64_t id, mode_t mode, size_t size,
	struct timespec time, struct stat *ret);

/* For how many seconds the kernel may keep the answer that a name in @dir exists, or does not. Call
 * it after the mirror has given that answer. */
double keep_name(const struct fs_config *config, struct mirror *mirror, uint64_t dir);

/* For how many seconds the kernel may keep the attributes of a node that it has asked for. */
double keep_attr(const struct fs_config *config, const struct mirror_info *info);
