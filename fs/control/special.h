/* The files of a mount that are no keys: made when they are read. */
/*
 * Threads: any.
 * Ids:     below MIRROR_FIRST_ID, so no node has them. They are never removed, renamed or written.
 */
#pragma once

#include "fs/base/buf.h"
#include "fs/base/lock.h"
#include "fs/control/control.h"
#include "fs/file/open_set.h"

#include <fuse_lowlevel.h>

struct special_file;
TAILQ_HEAD(special_file_list, special_file);

struct special {
	uint64_t id;
	const char *name; /* in the root */
	bool listed;
	mode_t mode;
	int (*render)(struct control *control, struct buf *ret); /* 0 or -ENOMEM */
};

/* The open special files, for those who poll them. */
struct special_files {
	const struct fs_config *config;
	struct control *control;
	struct open_set *opened;
	struct lock lock; /* the rest */
	struct special_file_list list;
	uint64_t changes;	 /* how often one has another content than before */
	struct timespec changed; /* when the last time */
};

void special_init(struct special_files *files, const struct fs_config *config,
	struct control *control, struct open_set *opened);
void special_fini(struct special_files *files);

/* Another content: wakes who polls, in the manner of sysfs. RPC thread. */
void special_changed(struct special_files *files);

/* When one was changed last. */
struct timespec special_time(struct special_files *files);

/* NULL: none. */
const struct special *special_by_name(uint64_t dir, const char *name);
const struct special *special_by_id(uint64_t id);

/* The @index-th that the root's listing shows; NULL after the last. */
const struct special *special_listed(size_t index);

/* True when @name can be no key's in @dir, and nobody may make or remove it. */
bool special_reserves(uint64_t dir, const char *name);

/* The operations on one, each replying at once. */
void special_lookup(struct special_files *files, fuse_req_t req, const struct special *special);
void special_getattr(struct special_files *files, fuse_req_t req, const struct special *special);
void special_open(struct special_files *files, fuse_req_t req, const struct special *special,
	struct fuse_file_info *info);
void special_read(fuse_req_t req, const struct special *special, size_t size, off_t offset,
	struct fuse_file_info *info);
void special_release(fuse_req_t req, struct fuse_file_info *info);
/* POLLPRI and POLLERR once it has changed since it was opened or last read from the start. */
void special_poll(fuse_req_t req, struct fuse_file_info *info, struct fuse_pollhandle *poll);
