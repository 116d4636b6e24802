/* FUSE's operations on the names below ".etcd" (hidden.h). */
/*
 * Threads: the FUSE thread. Each returns whether the request was for one of them; it is answered
 *          then, or will be.
 */
#pragma once

#include "fs/request/op.h"

bool ops_hidden(uint64_t id); /* whether it is one of these */

bool ops_hidden_lookup(fuse_req_t req, uint64_t dir, const char *name);
bool ops_hidden_forget(fuse_req_t req, uint64_t id, uint64_t count);
bool ops_hidden_getattr(fuse_req_t req, uint64_t id);
bool ops_hidden_access(fuse_req_t req, uint64_t id, int mask);

bool ops_hidden_opendir(fuse_req_t req, uint64_t id, struct fuse_file_info *file);
bool ops_hidden_readdir(fuse_req_t req, uint64_t id, bool plus, size_t size, off_t offset);
bool ops_hidden_releasedir(fuse_req_t req, uint64_t id);

bool ops_hidden_open(fuse_req_t req, uint64_t id, const struct fuse_file_info *file);
bool ops_hidden_read(
	fuse_req_t req, uint64_t id, size_t size, off_t offset, const struct fuse_file_info *file);
bool ops_hidden_poll(fuse_req_t req, uint64_t id, const struct fuse_file_info *file,
	struct fuse_pollhandle *poll);
bool ops_hidden_flush(fuse_req_t req, uint64_t id);
bool ops_hidden_release(fuse_req_t req, uint64_t id, const struct fuse_file_info *file);
