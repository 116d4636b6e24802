/* Makes reads linearizable: asks etcd's revision once for many reads, and waits for the mirror. */
/*
 * Owner:   the mount. RPC thread only.
 *
 * An operation that joins is resumed once the mirror shows everything that was acknowledged
 * anywhere before it joined. One question is under way at a time. An op that joins meanwhile shares
 * the next question, because the answer under way may be older than the op. So any number of
 * operations cost two round trips.
 *
 * A question costs etcd far more than an op costs us. Where many share one (BARRIER_CROWD), their
 * callers soon come back, so the next question is held until as many have joined, but only while
 * others join (BARRIER_HOLD_MS), and not for long. While a question is under way or held, ops need
 * not wake the RPC thread, which could do nothing for them.
 *
 * The question (etcd_revision()) and the watch go to the same etcd, which sends the event of a
 * revision before anybody can read that revision.
 *
 * Where etcd lets us see one prefix only, the watch brings no other revisions, so the mirror would
 * never reach etcd's revision. There the question is a linearizable Range over the prefix: at
 * revision R it has N keys, the newest put at M. Say that the mirror shows the prefix as it was at
 * V, M <= V < R, with N keys. Then it shows it as it is at R:
 *
 *   - A key that exists at R was put last at M or before, so not since V: the mirror has it, with
 *     the value that it has at R. So the keys at R are among the mirror's.
 *   - Those are N keys, and the mirror has N: it has no others.
 *
 * Between V and R there were then only puts of keys that were deleted again, and their events may
 * be skipped if they are still on their way. A transaction is one revision and applied whole, so V
 * is never in the middle of one. The mirror does get there: the events up to R are on their way;
 * once the last of them is applied, either V is at least M and the count is N, or V is at or beyond
 * R.
 *
 * The mirror and the answer must be of one history: no op passes before the feed has proven the
 * mirror for the present connection (feed.h).
 *
 * If the mirror does not get there in half of the mount's timeout, events were lost, and the feed
 * lists again. With a prefix not every loss is noticed: of two puts of one key, or of a put of each
 * of two keys, the first may be missing. With the whole keyspace every loss is a gap.
 */
#pragma once

#include "fs/api/config.h"
#include "fs/base/counters.h"
#include "fs/mirror/mirror.h"
#include "fs/request/feed.h"
#include "fs/request/op.h"

enum {
	BARRIER_CROWD = 8,
	BARRIER_HOLD_MS = 1,	 /* a hold ends when nobody has joined for so long, */
	BARRIER_HOLD_MAX_MS = 4, /* or after this time */
	BARRIER_LOOK_MS = 10,	 /* how long an op that the RPC thread does not know of may wait */
};

/* The caller sets the fields up to `arg`. */
struct barrier {
	const struct fs_config *config;
	struct loop *loop;
	struct etcd *etcd;
	struct mirror *mirror;
	struct feed *feed;
	struct counters *counters;
	void (*answered)(void *arg); /* etcd has answered a question that needs a majority */
	void *arg;

	struct op_list asked;  /* wait for the question under way */
	struct op_list next;   /* wait for the next question */
	struct op_list behind; /* wait for the mirror, the lowest revision first */
	bool asking;
	int64_t asked_us;	  /* when the question went out */
	size_t n_asked, n_joined; /* of `asked` and `next`, with those that have left them since */
	size_t crowd;		  /* the next question is held until so many have joined */
	struct {
		bool is_due;   /* `patience` has ended */
		size_t n_seen; /* n_joined when that was last looked at */
		int64_t end_ms;
	} hold;
	struct timer patience; /* the end of the hold; of the time in which ops do not wake us */
	struct task turn;      /* behind all ops that are posted */
	struct {
		bool is_new;
		int error;
		int64_t revision;
	} answer; /* of the question that `asked` waits for */

	/* Only when etcd shows us one prefix. */
	struct {
		int64_t revision, newest;
		size_t count;
		uint64_t connection; /* the connection of that answer */
	} goal;			     /* the last answer */
	/* Asks again, for ops that wait for a revision which changed nothing in the prefix. */
	struct timer again;
	/* When the mirror last advanced while somebody waited; after timeout/2 without progress the
	 * keyspace is listed again. */
	int64_t advanced_ms;
};

void barrier_init(struct barrier *barrier);

/* Whether a read needs no barrier: consistency=cached, and the mirror has been whole. Any
 * thread. */
bool barrier_is_needless(const struct barrier *barrier);

/* The feed reports that its watch stands. Nothing is asked before that, because only then it is
 * known which keys etcd lets us read. */
void barrier_open(struct barrier *barrier);

/* @next runs when the barrier has passed, with error 0 and op->fresh set, or with -errno. */
void barrier_join(struct barrier *barrier, struct op *op, op_fn *next);

/* @next runs when the mirror shows @revision, perhaps before this returns. */
void barrier_await(struct barrier *barrier, struct op *op, int64_t revision, op_fn *next);

/* The feed reports that the mirror has advanced. */
void barrier_advance(struct barrier *barrier);

/* In place of op_start(), from the FUSE thread. The first always passes a barrier before @next; the
 * second only where reads need one. */
void barrier_start(struct barrier *barrier, struct op *op, op_fn *next);
void barrier_start_read(struct barrier *barrier, struct op *op, op_fn *next);
