/* The attributes that the kernel is told of a name, and how long it may keep them. */
#pragma once

#include "fs/api/config.h"
#include "fs/mirror/mirror.h"

#include <fuse_lowlevel.h>
#include <sys/stat.h>
#include <time.h>

void attr_of_node(const struct fs_config *config, const struct mirror_info *info, struct stat *ret);

/* Of a file that is no key, with @size bytes, changed at @time. */
void attr_of_file(const struct fs_config *config, uint64_t id, mode_t mode, size_t size,
	struct timespec time, struct stat *ret);

/* How many seconds the kernel may keep that a name is, or is not, in @dir. Asked after the mirror
 * has said so. */
double keep_name(const struct fs_config *config, struct mirror *mirror, uint64_t dir);

/* The same for the attributes of a node that the kernel has. */
double keep_attr(const struct fs_config *config, const struct mirror_info *info);
