/* The one way a mount changes etcd: look, propose a transaction, again on a conflict. */
/*
 * Owner:   the op, until done() runs. RPC thread only.
 *
 * prepare() looks at the mirror and builds the transaction, with all it relies on as compares. When
 * etcd finds a compare false, the mirror was behind: the mutation waits until the mirror has caught
 * up, and prepares again, until the op's deadline. What prepare() refuses is refused only after a
 * barrier, since only then is the mirror known to be current. So the common case costs one round
 * trip and the rest is still linearizable.
 *
 * When etcd has done it, done() runs once the mirror shows it, so that this mount sees its own
 * writes.
 */
#pragma once

#include "fs/events/echo.h"
#include "fs/mirror/mirror.h"
#include "fs/request/barrier.h"
#include "fs/request/op.h"
#include "fs/request/txn.h"
#include "fs/request/write_probe.h"

#define MUTATION_NOTHING 1 /* there is nothing to change: go straight to done() */

/* 0: @change is the transaction. MUTATION_NOTHING, or -errno: refused. */
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
};

struct mutation {
	struct mutations *common;
	mutation_prepare_fn *prepare;
	struct txn txn;
	struct echo_pending echo; /* while it is under way */
	/* Set by prepare(): the kernel raises no inotify event for this call, so the notifier must.
	 */
	bool unheard;
	bool told; /* set by prepare(): the kernel has raised its inotify events already */
	struct mirror_move move; /* a rename's, while it is under way */
	uint64_t doomed;	 /* the node that it will remove; 0: none */
	bool no_room;		 /* etcd has none for the marker of a directory: without it */
};

/* mutation_start(): from the FUSE thread, in place of op_start(). mutation_run(): in the RPC
 * thread. @done ends the op, with 0, -errno (it has not happened), or ETCD_E_UNKNOWN. */
void mutation_start(
	struct mutations *mutations, struct op *op, mutation_prepare_fn *prepare, op_fn *done);
void mutation_run(
	struct mutations *mutations, struct op *op, mutation_prepare_fn *prepare, op_fn *done);

/* --- Parts of prepare() --- */

/* The transaction is this rename; the bytes are the change's. */
void mutation_move(struct op *op, const struct mirror_move *move);

/* The node @id will be gone: who has it open here knows why. Taken back if it fails. */
void mutation_dooms(struct op *op, uint64_t id);
