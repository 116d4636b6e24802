/* DIR/.etcd/lock: an empty file whose lock is that of all that is below DIR. */
/*
 * Owner:   the mount. The kernel's open files own their entries, until the release.
 * Threads: any, each under the lock of the files.
 *
 * It can be opened in any way, because a lock of fcntl(2) to write needs a descriptor that can
 * write; but there is nothing to read, and nothing can be written.
 */
#pragma once

#include "fs/base/loop.h"
#include "fs/file/open_set.h"
#include "fs/request/fence.h"

#include <fuse_lowlevel.h>
#include <stdint.h>

struct lock_file;
TAILQ_HEAD(lock_file_list, lock_file);

struct lock_files {
	struct open_set *opened;
	struct loop *loop;
	/* One through which something was locked is closed. RPC thread. */
	void (*released)(void *arg, uint64_t dir, uint64_t file);
	void *arg;
	struct lock lock; /* the rest */
	struct lock_file_list list;
};

/* The caller has set the fields up to `arg`. */
void lock_files_init(struct lock_files *files);
void lock_files_fini(struct lock_files *files);

/* A lock of what is below the directory @dir is lost or in doubt: what is open shows it, and who
 * polls is woken. lock_files_review(): some are given up or trusted. Not under a lock. */
void lock_files_tell(struct lock_files *files, uint64_t dir, enum fence_state state);
void lock_files_review(struct lock_files *files, struct fence *fence);

/* Something is locked through it, perhaps. FUSE thread. */
void lock_file_set_locked(const struct fuse_file_info *info);
bool lock_file_is_locked(const struct fuse_file_info *info);

/* Whether it is lost. */
bool lock_file_lost(const struct fuse_file_info *info);

/* Operations of FUSE, each replying at once. */
void lock_file_open(
	struct lock_files *files, fuse_req_t req, uint64_t dir, struct fuse_file_info *info);
void lock_file_read(fuse_req_t req, const struct fuse_file_info *info);
void lock_file_write(fuse_req_t req, const struct fuse_file_info *info);
void lock_file_poll(
	fuse_req_t req, const struct fuse_file_info *info, struct fuse_pollhandle *poll);
void lock_file_release(fuse_req_t req, const struct fuse_file_info *info);
