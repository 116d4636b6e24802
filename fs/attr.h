/* What stat(2) shows: a node's attributes in the kernel's words. */
#pragma once

#include "fs/mirror.h"
#include "fs/op.h"

#include <sys/stat.h>

void attr_of_node(const struct fs *fs, const struct mirror_info *info, struct stat *ret);

/* Of a name that is no key, with @size bytes. */
void attr_of_file(const struct fs *fs, uint64_t id, mode_t mode, size_t size, struct stat *ret);

void entry_of_node(
	const struct fs *fs, const struct mirror_info *info, struct fuse_entry_param *ret);
