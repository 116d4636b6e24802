/* FUSE's operations on the names below ".etcd" (ctldir.h). */
/*
 * Threads: the FUSE thread. Each returns whether the request was for one of them; it is answered
 *          then, or will be.
 */
#pragma once

#include "fs/request/op.h"

bool ops_ctldir_lookup(fuse_req_t req, uint64_t dir, const char *name);
bool ops_ctldir_forget(fuse_req_t req, uint64_t id, uint64_t count);
bool ops_ctldir_getattr(fuse_req_t req, uint64_t id);
bool ops_ctldir_access(fuse_req_t req, uint64_t id, int mask);

bool ops_ctldir_opendir(fuse_req_t req, uint64_t id, struct fuse_file_info *file);
bool ops_ctldir_readdir(fuse_req_t req, uint64_t id, bool plus, size_t size, off_t offset);
bool ops_ctldir_releasedir(fuse_req_t req, uint64_t id);

bool ops_ctldir_open(fuse_req_t req, uint64_t id, const struct fuse_file_info *file);
bool ops_ctldir_read(
	fuse_req_t req, uint64_t id, size_t size, off_t offset, const struct fuse_file_info *file);
bool ops_ctldir_poll(fuse_req_t req, uint64_t id, const struct fuse_file_info *file,
	struct fuse_pollhandle *poll);
bool ops_ctldir_flush(fuse_req_t req, uint64_t id);
bool ops_ctldir_release(fuse_req_t req, uint64_t id, const struct fuse_file_info *file);
