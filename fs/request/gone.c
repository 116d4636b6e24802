#include "fs/request/gone.h"

#include <errno.h>

bool gone_within_call(const struct op *op)
{
	return op->walk.by_path && op->walk.confirmed;
}

static bool name_is_free(const struct op *op, uint64_t id)
{
	struct mirror_info info;

	return id && mirror_successor(op->requests->mirror, id, &info) == -ENOENT;
}

int gone_errno(struct op *op)
{
	bool current = op->fresh || op->requests->config->cached;

	if (op->walk.known && (!op->walk.by_path || op->walk.confirmed))
		return -ENOENT;
	if (current && !op->remakes && (name_is_free(op, op->id) || name_is_free(op, op->new_id)))
		return -ENOENT;
	walks_stale(&op->requests->walks, fuse_req_ctx(op->req)->pid, op->id, *op->name);
	return -ESTALE;
}
