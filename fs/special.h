/* The files of a mount that are no keys: made when they are read. */
/*
 * Threads: any.
 * Ids:     below MIRROR_FIRST_ID, so no node has them. They are never removed, renamed or written.
 */
#pragma once

#include "fs/base/buf.h"
#include "fs/op.h"

struct special {
	uint64_t id;
	const char *name; /* in the root */
	bool listed;
	mode_t mode;
	int (*render)(struct fs *fs, struct buf *ret); /* 0 or -ENOMEM */
};

/* NULL: none. */
const struct special *special_by_name(uint64_t dir, const char *name);
const struct special *special_by_id(uint64_t id);

/* The @index-th that the root's listing shows; NULL after the last. */
const struct special *special_listed(size_t index);

/* True when @name can be no key's in @dir, and nobody may make or remove it. */
bool special_reserves(uint64_t dir, const char *name);

/* The operations on one, each replying at once. */
void special_lookup(struct fs *fs, fuse_req_t req, const struct special *special);
void special_getattr(struct fs *fs, fuse_req_t req, const struct special *special);
void special_open(
	struct fs *fs, fuse_req_t req, const struct special *special, struct fuse_file_info *info);
void special_read(struct fs *fs, fuse_req_t req, const struct special *special, size_t size,
	off_t offset, struct fuse_file_info *info);
void special_release(struct fs *fs, fuse_req_t req, struct fuse_file_info *info);
