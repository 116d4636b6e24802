/*
 * Of what the kernel sends once more it is not known how far the predecessor was with it. Reads are
 * just served. So are changes that only an open file has seen (a WRITE), since that file is lost.
 */
#include "fs/request/predecessor.h"

#include "fs/tree/ids.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>

#define UNIQUE_RESEND (1ULL << 63) /* FUSE_UNIQUE_RESEND of newer headers */

union argument {
	struct fuse_create_in create;
	struct fuse_setattr_in setattr;
	struct fuse_write_in write;
	struct fuse_lk_in lock;
	uint64_t file; /* where the request is for an open file */
};

static bool may_have_changed_etcd(uint32_t opcode, const union argument *argument)
{
	switch (opcode) {
	case FUSE_MKNOD:
	case FUSE_MKDIR:
	case FUSE_UNLINK:
	case FUSE_RMDIR:
	case FUSE_RENAME:
	case FUSE_RENAME2:
	case FUSE_SETXATTR:
	case FUSE_REMOVEXATTR:
	case FUSE_FLUSH:
	case FUSE_FSYNC:
		return true;
	case FUSE_CREATE:
		return argument->create.flags & O_EXCL;
	case FUSE_SETATTR:
		return argument->setattr.valid & FATTR_SIZE;
	case FUSE_WRITE:
		return argument->write.flags & (O_SYNC | O_DSYNC);
	case FUSE_SETLK:
	case FUSE_SETLKW:
		return argument->lock.lk.type == F_UNLCK; /* it publishes (fs/ops/ops_lock.c) */
	default:
		return false;
	}
}

/* The root and ".role" have one number in all incarnations, but their open files do not. */
static bool is_for_shared_file(const struct fuse_in_header *header)
{
	if (header->nodeid >= KEY_FIRST_ID)
		return false;
	switch (header->opcode) {
	case FUSE_READ:
	case FUSE_POLL:
	case FUSE_FLUSH:
	case FUSE_RELEASE:
	case FUSE_READDIR:
	case FUSE_READDIRPLUS:
	case FUSE_FSYNCDIR:
	case FUSE_RELEASEDIR:
		return true;
	default:
		return false;
	}
}

int predecessor_error(unsigned incarnation, struct bytes request)
{
	const struct fuse_in_header *header = (const void *)request.data;
	const union argument *argument = (const void *)(header + 1);

	if (request.len < sizeof(*header) || header->opcode == FUSE_FORGET ||
		header->opcode == FUSE_BATCH_FORGET)
		return PREDECESSOR_NONE;
	if (header->unique & UNIQUE_RESEND && may_have_changed_etcd(header->opcode, argument))
		return ETIMEDOUT;
	if (!ids_is_foreign(header->nodeid, incarnation) &&
		!(is_for_shared_file(header) && ids_file_is_foreign(argument->file, incarnation)))
		return PREDECESSOR_NONE;
	return header->opcode == FUSE_RELEASE || header->opcode == FUSE_RELEASEDIR ? 0 : ESTALE;
}
