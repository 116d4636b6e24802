/* .etcd/snapshot: etcd's own snapshot, of a moment after the open, read from its beginning to its
 * end. */
/*
 * Owner:   the kernel's open file.
 * Threads: the functions are called in the FUSE thread; an open file lives in the RPC thread.
 *
 * Each open file has a client, and so a connection, of its own. While it has enough unread bytes it
 * does not attend to that client: then etcd waits, and no other request does.
 */
#pragma once

#include "fs/file/open_set.h"
#include "fs/request/op.h"

#include <stdatomic.h>

struct snapshot_files {
	const struct fs_config *config;
	struct loop *loop;
	struct requests *requests;
	struct open_set *opened;
	atomic_size_t size; /* of the one that was opened last; 0: none is open */
	unsigned n;	    /* RPC thread: that are open */
};

void snapshot_file_open(
	struct snapshot_files *files, fuse_req_t req, const struct fuse_file_info *file);
void snapshot_file_read(struct snapshot_files *files, fuse_req_t req, size_t size, off_t offset,
	const struct fuse_file_info *file);
void snapshot_file_release(fuse_req_t req, const struct fuse_file_info *file);
