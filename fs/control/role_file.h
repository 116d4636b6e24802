/* ".role": this member's role in a word, made when it is read. No key, and never written. */
/*
 * Threads: any.
 */
#pragma once

#include "fs/base/buf.h"
#include "fs/base/lock.h"
#include "fs/control/supervisor_link.h"
#include "fs/file/open_set.h"
#include "fs/tree/ids.h"

#include <fuse_lowlevel.h>

#define ROLE_FILE_NAME ".role"

struct role_open;
TAILQ_HEAD(role_open_list, role_open);

/* The open files of it. */
struct role_files {
	const struct fs_config *config;
	struct supervisor_link *link;
	struct open_set *opened;
	struct lock lock; /* the rest */
	struct role_open_list list;
	uint64_t changes;	 /* how often it has had another content than before */
	struct timespec changed; /* when the last time */
};

void role_file_init(struct role_files *files, const struct fs_config *config,
	struct supervisor_link *link, struct open_set *opened);
void role_file_fini(struct role_files *files);

/* It has another content: wakes who polls, in the manner of sysfs. RPC thread. */
void role_file_changed(struct role_files *files);

int role_file_attr(struct role_files *files, struct stat *ret); /* 0 or -ENOMEM */

/* Operations of FUSE, each replying at once. */
void role_file_open(struct role_files *files, fuse_req_t req, struct fuse_file_info *info);
void role_file_read(
	fuse_req_t req, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *info);
void role_file_release(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *info);
/* POLLPRI and POLLERR once it has changed since it was opened or last read from the start. */
void role_file_poll(
	fuse_req_t req, fuse_ino_t id, struct fuse_file_info *info, struct fuse_pollhandle *poll);
