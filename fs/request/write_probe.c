#include "fs/request/write_probe.h"

#include <errno.h>

static int write_probe_send(
	struct etcd *etcd, struct bytes key, int timeout_ms, etcd_reply_fn *fn, void *arg)
{
	const struct etcd_compare never = {
		.target = ETCD_COMPARE_CREATE,
		.result = ETCD_COMPARE_LESS,
		.key = key,
	};
	const struct etcd_op put = {.type = ETCD_OP_PUT, .key = key};
	const struct etcd_txn txn = {
		.compares = &never, .n_compares = 1, .success = &put, .n_success = 1};

	return etcd_txn(etcd, &txn, timeout_ms, fn, arg, NULL);
}

static void start_answered(void *arg, int error, const struct etcd_reply *reply)
{
	struct write_probe *write_probe = arg;

	(void)reply;
	write_probe->denied = error == -EACCES;
	write_probe->known(write_probe->arg);
}

void write_probe_start(struct write_probe *write_probe)
{
	const struct fs_config *config = write_probe->config;
	bool is_somebody = config->etcd.user || config->etcd.cert;
	struct bytes key = config->prefix.len ? config->prefix : BYTES_LITERAL("\0");
	int r = -ENOTSUP;

	if (is_somebody && !config->read_only)
		r = write_probe_send(
			write_probe->etcd, key, config->timeout_ms, start_answered, write_probe);
	if (r < 0)
		write_probe->known(write_probe->arg);
}

/* Any other error is left for the write to find. */
static void asked(void *arg, int error, const struct etcd_reply *reply)
{
	struct op *op = arg;

	(void)reply;
	if (op->given_up)
		error = -ECANCELED;
	else if (error != -EACCES && error != -ENOSPC)
		error = 0;
	op_next(op, error);
}

void write_probe_ask_key(
	struct write_probe *write_probe, struct op *op, struct bytes key, op_fn *next)
{
	int r = -ENOTSUP;

	op_then(op, next, NULL);
	if ((write_probe->denied || write_probe->full) && key.len)
		r = write_probe_send(write_probe->etcd, key, op_remaining_ms(op), asked, op);
	if (r < 0)
		op_next(op, 0);
}

void write_probe_ask(struct write_probe *write_probe, struct op *op, op_fn *next)
{
	CLEANUP(buf) struct buf key = {0};

	if (write_probe->denied &&
		mirror_key(write_probe->mirror, mirror_heir(write_probe->mirror, op->id), &key) < 0)
		buf_clear(&key);
	write_probe_ask_key(write_probe, op, buf_bytes(&key), next);
}
