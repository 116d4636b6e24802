/* CREATE and MKNOD. */
#include "fs/file/handle.h"
#include "fs/lock/ephemeral.h"
#include "fs/mirror/mirror_meta.h"
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/request/attr.h"
#include "fs/request/mutation.h"
#include "fs/request/txn_dir.h"
#include "fs/request/txn_meta.h"
#include "fs/request/write_probe.h"
#include "fs/tree/key.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* The key that the name will have. MUTATION_NOTHING: the file is there. */
static int create_key(struct op *op, struct buf *ret)
{
	struct mirror *mirror = op_fs(op)->mirror;
	struct mirror_info info;
	int r = mirror_lookup(mirror, op->id, op->name, 0, &info);

	op->made = r < 0;
	if (r == 0 && (op->file.flags & O_EXCL))
		return -EEXIST;
	if (r == 0)
		return info.is_dir ? -EISDIR : MUTATION_NOTHING;
	if (r == -ENOENT && strcmp(op->name, KEY_EMPTY_NAME) == 0)
		r = -EINVAL; /* an empty one would be its directory's marker, and not be shown */
	return r == -ENOENT ? mirror_child_key(mirror, op->id, op->name, ret) : r;
}

/* Puts the key, empty or with a link's target, so that the file exists at once in the whole
 * cluster. */
int ops_create_prepare(struct op *op, struct txn *txn)
{
	CLEANUP(buf) struct buf key = {0};
	int r = create_key(op, &key);

	if (r)
		return r;
	txn_expect_none(txn, buf_bytes(&key));
	if (strcmp(op->name, KEY_VALUE_NAME) != 0)
		txn_expect_file(op, txn, buf_bytes(&key));
	op->mutation->unheard = op->aside;
	op->mutation->needs_lease = op->lease != 0;
	txn_put(txn, buf_bytes(&key), buf_bytes(&op->data), op->lease);
	r = txn_meta_make(op, txn, buf_bytes(&key));
	return r < 0 ? r : txn_in_dir(op, txn, op->id);
}

/* The entry of the node that was made or found, with a lookup counted. */
static int create_entry(struct op *op, int error, struct fuse_entry_param *ret)
{
	struct mirror_info info;
	int r = error ? error : mirror_lookup(op_fs(op)->mirror, op->id, op->name, 1, &info);

	/* etcd has made it, but the mirror does not show it: the mirror is late, or the key is gone
	 * again. */
	if (!error && r < 0) {
		echo_disown(&op_fs(op)->echo, op->revision);
		r = ETCD_E_UNKNOWN;
	}
	if (r == 0)
		ops_entry_of_child(op_fs(op), op->id, &info, ret);
	if (op->aside)
		ret->entry_timeout = 0;
	return r;
}

/* What the open file is, beside its being open. */
static void create_give(struct op *op, struct handle *handle)
{
	handle->aside = op->aside;
	handle->ttl_s = op->ttl_s;
	handle->ephemeral = STEAL(op->ephemeral);
	if (handle->ephemeral)
		ephemeral_made(handle->ephemeral, handle->id, handle->base->create_revision);
}

/* Nobody has it open. */
static void create_undo(struct op *op, int error)
{
	if (op->made)
		mirror_drop_draft(op_fs(op)->mirror, op->new_id);
	if (op->ephemeral && error < 0)
		ephemeral_drop(STEAL(op->ephemeral));
	else if (op->ephemeral)
		ephemeral_doubt(STEAL(op->ephemeral));
}

void ops_create_done(struct op *op, int error)
{
	struct ephemeral *ephemeral;
	struct fs *fs = op_fs(op);
	struct fuse_entry_param entry;
	struct handle *handle;
	int r = create_entry(op, error, &entry);
	bool entered = r == 0;

	if (r == 0)
		r = ops_open_handle(op, entry.ino);
	handle = ops_handle(&op->file);
	if (r) {
		create_undo(op, error);
		op_reply(op, r);
	} else {
		if (op->made)
			handle_made(handle);
		create_give(op, handle);
		ephemeral = handle->ephemeral;
		if (op_reply_create(op, &entry, &op->file))
			return;
		ops_close_handle(fs, handle);
		if (ephemeral)
			ephemeral_close(ephemeral);
	}
	if (entered)
		mirror_unpin(fs->mirror, entry.ino, 1);
}

/* --- Without O_EXCL: here alone, until it is published --- */

static void create_here(struct op *op, int error);

/* The kernel tells watchers of the directory below .etcd. */
static void create_tell(struct fs *fs, uint64_t id)
{
	echo_open_here(&fs->echo);
	mirror_tell_draft(fs->mirror, id);
	echo_close(&fs->echo);
}

static void create_permitted(struct op *op, int error)
{
	int r = error ? error : mirror_draft(op_fs(op)->mirror, op->id, op->name, &op->new_id);

	op_fs(op)->write_probe.full = error == -ENOSPC;
	if (r == 0)
		mirror_add_pending(
			op_fs(op)->mirror, op->new_id, &op->keeps, &(struct times_wish){0});
	if (r == 0 && op->aside)
		create_tell(op_fs(op), op->new_id);
	/* It has come to be while etcd was asked whether it may be made. */
	op->made = r == 0;
	ops_create_done(op, r == -EEXIST ? 0 : r);
}

/* Programs that do not look at what close says learn here what is known by now. */
static void create_ask(struct op *op, struct bytes key)
{
	struct fs *fs = op_fs(op);

	fs->write_probe.full |= supervisor_link_role(&fs->supervisor).no_space;
	write_probe_ask_key(&fs->write_probe, op, key, create_permitted);
}

/* It may have been removed while etcd was asked. */
static void found_permitted(struct op *op, int error)
{
	struct mirror_info info;

	if (mirror_lookup(op_fs(op)->mirror, op->id, op->name, 0, &info) == -ENOENT)
		create_here(op, 0);
	else
		ops_create_done(op, error == -ENOSPC ? 0 : error);
}

/* The file is there, so this is an open of it, which learns what is known by now as well. */
static void create_found(struct op *op)
{
	CLEANUP(buf) struct buf key = {0};
	struct fs *fs = op_fs(op);
	struct mirror_info info;
	int r = mirror_lookup(fs->mirror, op->id, op->name, 0, &info);

	if (r == 0 && ops_wants_write(&op->file))
		r = mirror_key(fs->mirror, info.id, &key);
	if (r)
		ops_create_done(op, r);
	else
		write_probe_ask_key(&fs->write_probe, op, buf_bytes(&key), found_permitted);
}

void ops_create_fresh(struct op *op, int error)
{
	if (error)
		op_reply(op, error);
	else
		create_here(op, 0);
}

/* The kernel has just been told, behind a barrier, that there is no such name: so there was none
 * in the time of the call, if there is none now. Where it may have kept that, it asks once more. */
static void create_here(struct op *op, int error)
{
	CLEANUP(buf) struct buf key = {0};
	struct fs *fs = op_fs(op);
	int r = create_key(op, &key);

	(void)error;
	if (!op->fresh && r != -ENOMEM && (r < 0 || fs->config->cached))
		barrier_join(&fs->barrier, op, ops_create_fresh);
	else if (r < 0)
		ops_create_done(op, r);
	else if (r)
		create_found(op);
	else
		create_ask(op, buf_bytes(&key));
}

void ops_key_create(
	fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode, struct fuse_file_info *file)
{
	struct fs *fs = ops_fs(req);
	struct op *op;

	if (ops_refuse_change(req, dir, name))
		return;
	if (supervisor_link_unavailable(&fs->supervisor)) {
		fuse_reply_err(req, ETIMEDOUT);
		return;
	}
	op = op_new(&fs->requests, req, dir);
	if (!op || !op_set_name(op, name))
		return;
	op->file = *file;
	ops_set_keeps(op, mode, false);
	if (!(file->flags & O_EXCL))
		op_start(op, create_here);
	else
		mutation_start(&op_fs(op)->mutations, op, ops_create_prepare, ops_create_done);
}

void ops_reply_made(struct op *op, int error)
{
	struct mirror *mirror = op_fs(op)->mirror;
	struct fuse_entry_param entry;
	int r = create_entry(op, error, &entry);

	if (r)
		op_reply(op, r);
	else if (!op_reply_entry(op, &entry))
		mirror_unpin(mirror, entry.ino, 1);
}

/* What @mode makes; false: nothing that is kept. */
static bool kind_of_mode(const struct fs_config *config, mode_t mode, enum meta_kind *ret)
{
	*ret = S_ISFIFO(mode) ? META_FIFO : S_ISSOCK(mode) ? META_SOCKET : META_USUAL;
	return S_ISREG(mode) || (*ret != META_USUAL && config->metadata);
}

/* A pipe or a socket is a name: what goes through it stays on this machine. */
void ops_key_mknod(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode, dev_t device)
{
	enum meta_kind kind;
	struct op *op;

	(void)device;
	if (!kind_of_mode(ops_fs(req)->config, mode, &kind)) {
		fuse_reply_err(req, EPERM);
		return;
	}
	op = ops_name_op(req, dir, name);
	if (!op)
		return;
	ops_set_keeps(op, mode, false);
	op->kind = kind;
	op->file.flags = O_EXCL;
	mutation_start(&op_fs(op)->mutations, op, ops_create_prepare, ops_reply_made);
}
