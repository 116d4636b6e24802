/* The one way in which a mount changes etcd: look at the mirror, propose, repeat on a conflict. */
/*
 * Owner:   the op, until done() runs. RPC thread only.
 *
 * prepare() looks at the mirror and builds the transaction, with everything it relies on as
 * compares. When etcd finds a compare false, the mirror was behind: the mutation waits until the
 * mirror has caught up, and prepares again, until the op's deadline. An error of prepare() is final
 * only after a barrier, because only then the mirror is known to be current. So the common case
 * costs one round trip, and every answer is linearizable.
 *
 * Every change passes the fence here (fence.h). If a lock that guards it is lost, it ends with
 * -EIO, which needs no barrier: a lock's key never comes back.
 *
 * After etcd has done the transaction, done() waits until the mirror shows it, so that this mount
 * sees its own writes.
 */
#pragma once

#include "fs/events/echo.h"
#include "fs/mirror/mirror.h"
#include "fs/request/barrier.h"
#include "fs/request/fence.h"
#include "fs/request/op.h"
#include "fs/request/share.h"
#include "fs/request/txn.h"
#include "fs/request/write_probe.h"

#define MUTATION_NOTHING 1 /* there is nothing to change: done() runs at once */

/* 0: @txn is complete. MUTATION_NOTHING, or -errno: the operation is refused. */
typedef int mutation_prepare_fn(struct op *op, struct txn *txn);

/* What the mutations of a mount have in common. */
struct mutations {
	const struct fs_config *config;
	struct etcd *etcd;
	struct mirror *mirror;
	struct echo *echo;
	struct barrier *barrier;
	struct write_probe *write_probe;
	struct counters *counters;
	struct share *share;
	struct fence *fence;
};

struct mutation {
	struct mutations *common;
	mutation_prepare_fn *prepare;
	struct txn txn;
	struct fence_guard guard;
	struct echo_pending echo;  /* the transaction that is under way */
	struct share_member share; /* its place in a request that it may share */
	/* Set by prepare(): the kernel raises no inotify event for this call, so the notifier must.
	 */
	bool unheard;
	bool told; /* set by prepare(): the kernel has raised its inotify events already */
	/* Set by prepare(): it puts a key on a lease that it has chosen itself. If that lease is
	 * gone, done() gets ETCD_E_NO_LEASE. Else the lease is that of a key in the mirror, which
	 * is about to show that the key is gone as well, so the mutation is prepared again. */
	bool needs_lease;
	struct mirror_move move; /* the rename that is under way */
	uint64_t doomed;	 /* the node that the mutation will remove; 0: none */
	bool no_room;		 /* etcd has no space for a directory's marker: leave none */
};

/* mutation_start(): from the FUSE thread, in place of op_start(). mutation_run(): in the RPC
 * thread. @done ends the op, with 0, -errno (the change was not made), ETCD_E_NO_LEASE, or
 * ETCD_E_UNKNOWN. */
void mutation_start(
	struct mutations *mutations, struct op *op, mutation_prepare_fn *prepare, op_fn *done);
void mutation_run(
	struct mutations *mutations, struct op *op, mutation_prepare_fn *prepare, op_fn *done);

/* --- Parts of prepare() --- */

/* Announces to the mirror that the transaction is this rename; @move's bytes belong to the txn. */
void mutation_move(struct op *op, const struct mirror_move *move);

/* Announces to the mirror that this mount is about to remove the node @id, so that those who have
 * it open here know why it is gone. Taken back if the mutation fails. */
void mutation_dooms(struct op *op, uint64_t id);
