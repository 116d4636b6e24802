/*
 * flock() and fcntl() locks are refused. If they were left to the kernel, they would exclude
 * processes of this machine only, and a program would believe that it is alone in the cluster. A
 * lock kept in etcd by a lease would not exclude for certain either, when its owner is stopped for
 * longer than the lease. Only a change that etcd compares does (O_EXCL, mkdir, user.etcd.expect).
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
