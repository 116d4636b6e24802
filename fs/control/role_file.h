/* The files of a mount that are no keys: made when they are read. */
/*
 * Threads: any.
 * They are never removed, renamed or written.
 */
#pragma once

#include "fs/base/buf.h"
#include "fs/base/lock.h"
#include "fs/control/supervisor_link.h"
#include "fs/file/open_set.h"

#include <fuse_lowlevel.h>

struct role_open;
TAILQ_HEAD(role_open_list, role_open);

struct role_file {
	uint64_t id;
	const char *name; /* in the root */
	bool listed;
	mode_t mode;
	int (*render)(struct supervisor_link *link, struct buf *ret); /* 0 or -ENOMEM */
};

/* Those that are open, for who polls them. */
struct role_files {
	const struct fs_config *config;
	struct supervisor_link *link;
	struct open_set *opened;
	struct lock lock; /* the rest */
	struct role_open_list list;
	uint64_t changes;	 /* how often one has another content than before */
	struct timespec changed; /* when the last time */
};

void role_file_init(struct role_files *files, const struct fs_config *config,
	struct supervisor_link *link, struct open_set *opened);
void role_file_fini(struct role_files *files);

/* Another content: wakes who polls, in the manner of sysfs. RPC thread. */
void role_file_changed(struct role_files *files);

/* When one was changed last. */
struct timespec role_file_time(struct role_files *files);

/* NULL: none. */
const struct role_file *role_file_by_name(uint64_t dir, const char *name);
const struct role_file *role_file_by_id(uint64_t id);

/* The @index-th that the root's listing shows; NULL after the last. */
const struct role_file *role_file_listed(size_t index);

/* True when @name can be no key's in @dir, and nobody may make or remove it. */
bool role_file_reserves(uint64_t dir, const char *name);

/* The operations on one, each replying at once. */
void role_file_lookup(struct role_files *files, fuse_req_t req, const struct role_file *role_file);
void role_file_getattr(struct role_files *files, fuse_req_t req, const struct role_file *role_file);
void role_file_open(struct role_files *files, fuse_req_t req, const struct role_file *role_file,
	struct fuse_file_info *info);
void role_file_read(fuse_req_t req, const struct role_file *role_file, size_t size, off_t offset,
	struct fuse_file_info *info);
void role_file_release(fuse_req_t req, struct fuse_file_info *info);
/* POLLPRI and POLLERR once it has changed since it was opened or last read from the start. */
void role_file_poll(fuse_req_t req, struct fuse_file_info *info, struct fuse_pollhandle *poll);
