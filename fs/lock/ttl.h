/* Leases for files that end at a time: granted for a number of seconds, and shared for a moment. */
/*
 * Owner:   the mount.
 * Threads: RPC thread only.
 *
 * A lease is dear for etcd, so files whose time begins within a second share one: it is granted for
 * a second more than was asked for, and is handed out until it is a second old. So no file ends
 * before its time, which is counted from when the lease was taken, and none more than a second
 * later than etcd's own delay allows. A lease is never renewed.
 */
#pragma once

#include "fs/base/backoff.h"
#include "fs/request/op.h"

struct ttl_lease;
TAILQ_HEAD(ttl_lease_list, ttl_lease);

/* The fields up to `etcd` are the caller's. */
struct ttl_leases {
	const struct fs_config *config;
	struct loop *loop;
	struct etcd *etcd;
	struct ttl_lease_list list; /* those that may be handed out, and those with takers */
};

void ttl_init(struct ttl_leases *leases);
void ttl_fini(struct ttl_leases *leases); /* after the client was freed */

/* Runs @next with 0 when op->lease is a lease of @seconds, or with the error: of etcd, or of the
 * wait (op.h). */
void ttl_take(struct ttl_leases *leases, struct op *op, int64_t seconds, op_fn *next);

/* etcd has said that there is no lease @id (ETCD_E_NO_LEASE): it is not handed out any more. */
void ttl_gone(struct ttl_leases *leases, int64_t id);
