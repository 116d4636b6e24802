/*
 * flock() and fcntl() locks: refused. Left to the kernel they would be kept on this machine alone,
 * and a program would believe that it is alone in the cluster. A lock that a lease keeps in etcd
 * would not hold either when its owner is stopped for longer than the lease: what excludes others
 * for certain is a change that etcd compares (O_EXCL, mkdir, user.etcd.expect).
 */
#include "fs/ops/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

void ops_flock(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, int operation)
{
	(void)id;
	(void)file;
	fuse_reply_err(req, operation & LOCK_UN ? 0 : EOPNOTSUPP);
}

void ops_getlk(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, struct flock *lock)
{
	(void)id;
	(void)file;
	(void)lock;
	fuse_reply_err(req, EOPNOTSUPP);
}

void ops_setlk(
	fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file, struct flock *lock, int wait)
{
	(void)id;
	(void)file;
	(void)wait;
	fuse_reply_err(req, lock->l_type == F_UNLCK ? 0 : EOPNOTSUPP);
}
