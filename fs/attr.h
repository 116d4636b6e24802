/* What stat(2) shows: a node's attributes in the kernel's words. */
#pragma once

#include "fs/mirror.h"
#include "fs/op.h"

#include <sys/stat.h>

void attr_of_node(const struct fs *fs, const struct mirror_info *info, struct stat *ret);

/* Of a name that is no key, with @size bytes. */
void attr_of_file(struct fs *fs, uint64_t id, mode_t mode, size_t size, struct stat *ret);

/* Of a name that the kernel is not to keep. */
void entry_of_node(
	const struct fs *fs, const struct mirror_info *info, struct fuse_entry_param *ret);

/* Of a name in @dir that the mirror has just given. */
void entry_of_child(
	struct fs *fs, uint64_t dir, const struct mirror_info *info, struct fuse_entry_param *ret);

/* How many seconds the kernel may keep that a name is, or is not, in @dir. Asked after the mirror
 * has said so. */
double keep_name(struct fs *fs, uint64_t dir);

/* The same for the attributes of a node that the kernel has. */
double keep_attr(const struct fs *fs, const struct mirror_info *info);
