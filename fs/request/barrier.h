/* What makes reads linearizable: etcd's revision, asked once for many, and awaited. */
/*
 * Owner:   the mount. RPC thread only.
 *
 * An operation that joins is resumed once the mirror shows everything that was acknowledged
 * anywhere before it joined. One question is under way at a time; who joins meanwhile shares the
 * next, since the answer under way may be older than they are. So any number of operations cost two
 * round trips.
 *
 * The question (etcd_revision()) and the watch go to the same etcd:
 * there, the event of a revision is on its way before anybody can read that revision.
 *
 * Where etcd lets us see one prefix only, the mirror is told of no other revision, and would never
 * come to the one that etcd is at. There the question is a linearizable Range over the prefix: at
 * revision R it has N keys, the newest put at M. Say that the mirror shows the prefix as it was at
 * V, M <= V < R, with N keys. Then it shows it as it is at R:
 *
 *   - A key that is there at R was put last at M or before, so not since V: the mirror has it, with
 *     the value that it has at R. So the keys at R are among the mirror's.
 *   - Those are N keys, and the mirror has N: there are no others in it.
 *
 * What happened between V and R are then only puts of keys that were deleted again, and events
 * of it that are still on their way can be passed over. A transaction is one revision and applied
 * whole, so V is never in the middle of one. And the mirror gets there: the events up to R are on
 * their way; once the last of them is applied, V is at least M and the count is N, or V is at or
 * beyond R.
 *
 * What the mirror is compared with must be of one history: before the feed has proven that of the
 * present connection (feed.h) nobody passes.
 *
 * If that does not come about in half of the mount's timeout, events were lost: the feed lists
 * again. But this does not see each loss: of two puts of one key, or of a put of each of two keys,
 * the first may be missing. With the whole keyspace every loss is a gap.
 */
#pragma once

#include "fs/api/config.h"
#include "fs/base/counters.h"
#include "fs/mirror/mirror.h"
#include "fs/request/feed.h"
#include "fs/request/op.h"

/* The fields up to `arg` are the caller's. */
struct barrier {
	const struct fs_config *config;
	struct loop *loop;
	struct etcd *etcd;
	struct mirror *mirror;
	struct feed *feed;
	struct counters *counters;
	void (*answered)(void *arg); /* etcd has answered what needs a majority */
	void *arg;

	struct op_list asked;  /* for the question under way */
	struct op_list next;   /* for the one after */
	struct op_list behind; /* for the mirror, the lowest revision first */
	bool asking;

	/* With one prefix only. */
	struct {
		int64_t revision, newest;
		size_t count;
		uint64_t connection; /* on which it came */
	} goal;		     /* the last answer */
	struct timer again;  /* asks again, for who waits for a revision that changed nothing */
	/* When the mirror last advanced while somebody waited; after timeout/2 without progress the
	 * keyspace is listed again. */
	int64_t advanced_ms;
};

void barrier_init(struct barrier *barrier);

/* A read needs none: consistency=cached, and the mirror has been whole. Any thread. */
bool barrier_is_needless(const struct barrier *barrier);

/* The feed's word that its watch stands: nothing is asked before, because only then it is known
 * what etcd lets us ask. */
void barrier_open(struct barrier *barrier);

/* @next runs when the barrier has passed: error 0 and op->fresh, or -errno. */
void barrier_join(struct barrier *barrier, struct op *op, op_fn *next);

/* @next runs when the mirror shows @revision, perhaps at once. */
void barrier_await(struct barrier *barrier, struct op *op, int64_t revision, op_fn *next);

/* The feed's word that the mirror has moved on. */
void barrier_advance(struct barrier *barrier);

/* In place of op_start(), from the FUSE thread: after a barrier; after one where reads need it. */
void barrier_start(struct barrier *barrier, struct op *op, op_fn *next);
void barrier_start_read(struct barrier *barrier, struct op *op, op_fn *next);
