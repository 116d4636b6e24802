/* The attributes that show a process the lock that it has: for who compares it in a transaction. */
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define LOCK_KEY "user.etcd.lock_key"
#define LOCK_REVISION "user.etcd.lock_revision"

static void answer(struct op *op, int error)
{
	CLEANUP(buf) struct buf text = {0};
	pid_t pid = op->req ? fuse_req_ctx(op->req)->pid : 0;
	const struct lock_request *request = locks_of_process(&op_fs(op)->locks, op->id, pid);
	fuse_req_t req;

	if (!request)
		error = -ENODATA;
	else if (op->getxattr.which)
		error = buf_printf(&text, "%" PRId64, request->create_revision);
	else
		error = lock_request_key(request, &text);
	req = error ? NULL : op_take_req(op);
	if (req)
		ops_reply_bytes(req, buf_bytes(&text), op->getxattr.size);
	op_reply(op, error);
}

bool ops_lock_getxattr(fuse_req_t req, uint64_t id, const char *name, size_t size)
{
	bool revision = !strcmp(name, LOCK_REVISION);
	struct op *op;

	if (!revision && strcmp(name, LOCK_KEY) != 0)
		return false;
	op = op_new(&ops_fs(req)->requests, req, id);
	if (!op)
		return true;
	op->getxattr.which = revision;
	op->getxattr.size = size;
	op_start(op, answer);
	return true;
}
