/*
 * OPEN, READ and RELEASE of files as they were at an older revision. The kernel keeps their bytes.
 * A value that its tree has not kept is read from etcd at the open, so that the open file has it
 * whatever comes.
 */
#include "fs/control/past.h"

#include "fs/ops/mount.h"
#include "fs/ops/ops.h"

#include <errno.h>
#include <fcntl.h>

struct past_file {
	struct open_entry opened;
	struct value *value;
};

struct past_tree *ops_past_tree(fuse_req_t req, uint64_t id)
{
	struct past_tree *tree = past_tree_of(&ops_fs(req)->past, id);

	if (!tree)
		fuse_reply_err(req, ESTALE);
	return tree;
}

static struct past_file *file_of(const struct fuse_file_info *file)
{
	return (struct past_file *)(uintptr_t)file->fh;
}

static void file_free(void *arg)
{
	struct past_file *file = arg;

	value_unref(file->value);
	free(file);
}

static void file_close(struct fs *fs, struct past_file *file)
{
	open_set_remove(&fs->opened, &file->opened);
	file_free(file);
}

/* Opens @value, and takes it over. */
static int file_open(struct fs *fs, struct value *value, struct fuse_file_info *info)
{
	struct past_file *file = calloc(1, sizeof(*file));

	if (!file) {
		value_unref(value);
		return -ENOMEM;
	}
	file->value = value;
	open_set_add(&fs->opened, &file->opened, file_free, file);
	info->fh = (uintptr_t)file;
	info->keep_cache = 1;
	info->noflush = 1;
	return 0;
}

/* Not by op_reply(), which would look for the node among those of now. */
static void reply_gone(struct op *op)
{
	fuse_req_t req = op_take_req(op);

	if (req)
		fuse_reply_err(req, ESTALE);
	op_reply(op, 0);
}

static void value_answered(void *arg, int error, const struct etcd_reply *reply)
{
	struct op *op = arg;
	struct fs *fs = op_fs(op);
	struct value *value = NULL;
	int r = error;

	/* It was there when the tree was loaded: if it is not, this is another history. */
	if (r == ETCD_E_COMPACTED || (r == 0 && reply->n_kvs != 1)) {
		reply_gone(op);
		return;
	}
	if (r == 0)
		value = value_new(reply->kvs);
	if (r == 0 && !value)
		r = -ENOMEM;
	if (r == 0)
		r = file_open(fs, value, &op->file);
	if (r)
		op_reply(op, r);
	else if (!op_reply_open(op, &op->file))
		file_close(fs, file_of(&op->file));
}

/* op->data has the key. */
static void value_ask(struct op *op, int error)
{
	const struct etcd_range range = {
		.key = buf_bytes(&op->data),
		.revision = op->past_revision,
		.serializable = true,
	};
	int r = error ? error
		      : etcd_range(op_fs(op)->etcd, &range, op_remaining_ms(op), value_answered, op,
				NULL);

	if (r)
		op_reply(op, r);
}

/* The tree has not kept this value. */
static void open_hollow(fuse_req_t req, const struct past_tree *tree, uint64_t id,
	const struct fuse_file_info *file)
{
	struct op *op = op_new(&ops_fs(req)->requests, req, id);
	int r;

	if (!op)
		return;
	op->file = *file;
	op->past_revision = tree->revision;
	r = mirror_key(tree->mirror, id - tree->base, &op->data);
	if (r < 0)
		op_reply(op, r);
	else
		op_start(op, value_ask);
}

static void open_value(fuse_req_t req, struct value *value, struct fuse_file_info *file)
{
	int r = file_open(ops_fs(req), value, file);

	if (r < 0)
		fuse_reply_err(req, -r);
	else if (fuse_reply_open(req, file) < 0)
		file_close(ops_fs(req), file_of(file));
}

void ops_past_open(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	CLEANUP(past_tree_unref) struct past_tree *tree = NULL;
	CLEANUP(value_unref) struct value *value = NULL;
	int r;

	if ((file->flags & O_ACCMODE) != O_RDONLY || (file->flags & O_TRUNC)) {
		fuse_reply_err(req, EROFS);
		return;
	}
	tree = ops_past_tree(req, id);
	if (!tree)
		return;
	r = mirror_value(tree->mirror, id - tree->base, &value);
	if (r < 0)
		fuse_reply_err(req, -r);
	else if (value->hollow)
		open_hollow(req, tree, id, file);
	else
		open_value(req, STEAL(value), file);
}

void ops_past_read(
	fuse_req_t req, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file)
{
	struct bytes bytes = bytes_slice(value_bytes(file_of(file)->value), offset, size);

	(void)id;
	fuse_reply_buf(req, (const char *)bytes.data, bytes.len);
}

void ops_past_release(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	(void)id;
	file_close(ops_fs(req), file_of(file));
	fuse_reply_err(req, 0);
}
