/* One put, sent as the filesystem sends it: in a transaction. */
#pragma once

#include "fs/etcd/etcd.h"

static inline int put_one(struct etcd *etcd, struct bytes key, struct bytes value, int timeout_ms,
	etcd_reply_fn *fn, void *arg, uint64_t *ret_id)
{
	struct etcd_op put = {.type = ETCD_OP_PUT, .key = key, .value = value};
	struct etcd_txn txn = {.success = &put, .n_success = 1};

	return etcd_txn(etcd, &txn, timeout_ms, fn, arg, ret_id);
}
