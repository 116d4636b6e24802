/* CREATE below .etcd/ephemeral and .etcd/ttl: a file of the directory above, on a lease. */
/*
 * The kernel gets the node of DIR/NAME, so that what is open is an ordinary file from then on. Only
 * its watchers are another matter: for the kernel the name is in the directory below .etcd, which
 * nobody watches, so the notifier tells those of DIR.
 */
#include "fs/lock/ephemeral.h"
#include "fs/lock/ttl.h"
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/request/mutation.h"

#include <errno.h>
#include <fcntl.h>

/* --- Ephemeral ---------------------------------------------------------------------------- */

static void ephemeral_start(struct op *op, int error);

static void ephemeral_put(struct op *op, int error)
{
	struct fs *fs = op_fs(op);

	if (error != ETCD_E_NO_LEASE) {
		ops_create_done(op, error);
		return;
	}
	lease_gone(&fs->lease, op->lease);
	ephemeral_drop(STEAL(op->ephemeral));
	if (op->given_up)
		ops_create_done(op, -ECANCELED);
	else
		ephemeral_start(op, 0);
}

static void ephemeral_leased(struct op *op, int error)
{
	struct fs *fs = op_fs(op);

	if (!error) {
		op->lease = lease_id(&fs->lease);
		op->ephemeral = ephemeral_new(&fs->ephemerals, op->lease, op->id, op->name);
	}
	if (error || !op->ephemeral)
		ops_create_done(op, error ? error : -ENOMEM);
	else
		mutation_run(&fs->mutations, op, ops_create_prepare, ephemeral_put);
}

static void ephemeral_start(struct op *op, int error)
{
	(void)error;
	lease_take(&op_fs(op)->lease, op, ephemeral_leased);
}

/* --- With a time -------------------------------------------------------------------------- */

static void ttl_start(struct op *op, int error);

static void ttl_put(struct op *op, int error)
{
	if (error != ETCD_E_NO_LEASE) {
		ops_create_done(op, error);
		return;
	}
	ttl_gone(&op_fs(op)->ttls, op->lease);
	if (op->given_up)
		ops_create_done(op, -ECANCELED);
	else
		ttl_start(op, 0);
}

static void ttl_leased(struct op *op, int error)
{
	if (error)
		ops_create_done(op, error);
	else
		mutation_run(&op_fs(op)->mutations, op, ops_create_prepare, ttl_put);
}

static void ttl_start(struct op *op, int error)
{
	(void)error;
	ttl_take(&op_fs(op)->ttls, op, op->ttl_s, ttl_leased);
}

/* --- The operation ------------------------------------------------------------------------ */

void ops_create_aside(fuse_req_t req, const struct ctldir_node *node, const char *name,
	struct fuse_file_info *file)
{
	struct fs *fs = ops_fs(req);
	struct op *op;

	if (ops_refuse_change(req, node->dir, name))
		return;
	if (supervisor_link_unavailable(&fs->supervisor)) {
		fuse_reply_err(req, ETIMEDOUT);
		return;
	}
	op = op_new(&fs->requests, req, node->dir);
	if (!op || !op_set_name(op, name))
		return;
	op->file = *file;
	op->aside = true;
	op->ttl_s = node->number;
	if (node->kind == CTLDIR_EPHEMERAL) {
		op->file.flags = (op->file.flags | O_EXCL) & ~O_TRUNC;
		op_start(op, ephemeral_start);
	} else if (file->flags & O_EXCL) {
		op_start(op, ttl_start);
	} else {
		barrier_start(&fs->barrier, op, ops_create_fresh);
	}
}
