#include "fs/permit.h"

#include "fs/etcd/etcd.h"
#include "fs/fs_private.h"

#include <errno.h>

static int permit_send(
	struct fs *fs, struct bytes key, int timeout_ms, etcd_reply_fn *fn, void *arg)
{
	const struct etcd_compare never = {
		.target = ETCD_COMPARE_CREATE,
		.result = ETCD_COMPARE_LESS,
		.key = key,
	};
	const struct etcd_op put = {.type = ETCD_OP_PUT, .key = key};
	const struct etcd_txn txn = {
		.compares = &never, .n_compares = 1, .success = &put, .n_success = 1};

	return etcd_txn(fs->etcd, &txn, timeout_ms, fn, arg, NULL);
}

static void start_answered(void *arg, int error, const struct etcd_reply *reply)
{
	struct fs *fs = arg;

	(void)reply;
	fs->write_denied = error == -EACCES;
	control_report_synced(&fs->control);
}

void permit_start(struct fs *fs)
{
	const struct fs_config *config = fs->config;
	bool is_somebody = config->etcd.user || config->etcd.cert;
	struct bytes key = config->prefix.len ? config->prefix : BYTES_LITERAL("\0");
	int r = -ENOTSUP;

	if (is_somebody && !config->read_only)
		r = permit_send(fs, key, config->timeout_ms, start_answered, fs);
	if (r < 0)
		control_report_synced(&fs->control);
}

/* Any other error is for the write to find. */
static void asked(void *arg, int error, const struct etcd_reply *reply)
{
	struct op *op = arg;

	(void)reply;
	if (op->given_up)
		error = -ECANCELED;
	else if (error != -EACCES)
		error = 0;
	op->next(op, error);
}

void permit_ask(struct op *op, op_fn *next)
{
	CLEANUP(buf) struct buf key = {0};
	int r = -ENOTSUP;

	if (op->fs->write_denied)
		r = mirror_key(op->fs->mirror, mirror_heir(op->fs->mirror, op->id), &key);
	op->next = next;
	if (r == 0)
		r = permit_send(op->fs, buf_bytes(&key), op_remaining_ms(op), asked, op);
	if (r < 0)
		next(op, 0);
}
