/* What the notifier's requests are answered: from memory alone, as if what it tells were happening.
 */
/*
 * Threads: FUSE thread. Each returns true when the request was the notifier's, and is answered.
 */
#pragma once

#include "fs/request/op.h"

bool ops_notifier_lookup(fuse_req_t req, fuse_ino_t dir, const char *name);
bool ops_notifier_attr(fuse_req_t req, fuse_ino_t id); /* getattr and setattr */
bool ops_notifier_access(fuse_req_t req);
bool ops_notifier_open(fuse_req_t req, struct fuse_file_info *file);
bool ops_notifier_create(
	fuse_req_t req, fuse_ino_t dir, const char *name, struct fuse_file_info *file);
bool ops_notifier_mkdir(fuse_req_t req, fuse_ino_t dir, const char *name);
bool ops_notifier_remove(fuse_req_t req, fuse_ino_t dir, const char *name, bool is_dir);

/* The same for an open file that has nothing to read or write, whoever asks: EBADF. */
bool ops_notifier_use(fuse_req_t req, const struct fuse_file_info *file);

/* True for the open file that ops_notifier_open() or ops_notifier_create() gave, whoever asks: a
 * close may come in nobody's name. */
bool ops_notifier_file(const struct fuse_file_info *file);
