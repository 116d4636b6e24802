/* SYMLINK, READLINK and LINK. A symbolic link is a key whose value is the target, and whose kind is
 * in its metadata. Only the kernel follows it. */
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/request/mutation.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

void ops_key_symlink(fuse_req_t req, const char *target, fuse_ino_t dir, const char *name)
{
	struct op *op;

	if (!ops_fs(req)->config->metadata) {
		fuse_reply_err(req, EPERM);
		return;
	}
	op = ops_name_op(req, dir, name);
	if (!op)
		return;
	ops_set_keeps(op, 0777, false);
	op->keeps.has &= ~META_HAS_MODE;
	op->kind = META_SYMLINK;
	op->file.flags = O_EXCL;
	if (buf_append(&op->data, target, strlen(target)) < 0)
		op_reply(op, -ENOMEM);
	else
		mutation_start(&op_fs(op)->mutations, op, ops_create_prepare, ops_reply_made);
}

static void readlink_fresh(struct op *op, int error)
{
	CLEANUP(value_unref) struct value *value = NULL;
	CLEANUP(buf) struct buf target = {0};
	struct mirror *mirror = op_fs(op)->mirror;
	struct mirror_info info;
	int r = error ? error : mirror_info(mirror, op->id, &info);

	if (r == 0 && info.kind != META_SYMLINK)
		r = -EINVAL;
	if (r == 0)
		r = mirror_last_value(mirror, op->id, &value);
	if (r == 0)
		r = buf_append_bytes(&target, value_bytes(value));
	if (r == 0)
		r = buf_append_byte(&target, 0);
	if (r == 0)
		op_reply_readlink(op, (char *)target.data);
	else
		op_reply(op, r);
}

void ops_key_readlink(fuse_req_t req, fuse_ino_t id)
{
	struct op *op = op_new(&ops_fs(req)->requests, req, id);

	if (op)
		barrier_start_read(&op_fs(op)->barrier, op, readlink_fresh);
}

/* A key has one path, and a value one key. */
void ops_link(fuse_req_t req, fuse_ino_t id, fuse_ino_t dir, const char *name)
{
	(void)id, (void)name;
	fuse_reply_err(req, ids_is_past(dir) ? EROFS : EPERM);
}
