/* What keeps the mirror up with etcd: one list, then one watch over the whole keyspace; or over the
 * prefix, if etcd lets us see no more. */
/*
 * Owner:   the mount. RPC thread only.
 *
 *   state      is left when
 *   listing    the list is whole: the mirror is replaced, and it watches from the next revision
 *              it fails: waiting, then listing
 *   watching   it ends: waiting, then watching from where the mirror is
 *              compacted, a gap, a step back, another history: listing
 *   asking     etcd's revision is behind ours: listing; is not: watching
 *   waiting    the delay is over
 *
 * Revisions come without gaps, so a lost event is always seen, whatever lost it. But etcd may
 * refuse the whole keyspace to our user, and show the prefix. Then the feed is limited: the
 * mirror is sparse, and the barrier finds out where it is.
 *
 * After a connection was lost, another member of the cluster may answer. Its revisions are the
 * same; it may be behind, and then the watch is asked for again until it is not. But a cluster that
 * was restored from a backup says the same of itself: its ids are the same, and its revisions go
 * on from the backup's, over other changes. So the mirror is proven for one connection. On the next
 * the watch begins with the last revisions that were shown (history.h); when these have come again,
 * the mirror is proven anew, and before that no barrier passes. If they do not, or if there are
 * none left to compare (etcd has compacted them, or nothing has changed since the list), the
 * keyspace is listed. A watch that starts on the connection of a list, or again on the same one,
 * needs no proof: one process of etcd has one history. (A proxy that speaks gRPC itself, and keeps
 * its connection to us while what is behind it is replaced, deceives us.)
 */
#pragma once

#include "fs/api/config.h"
#include "fs/base/counters.h"
#include "fs/base/loop.h"
#include "fs/etcd/etcd.h"
#include "fs/events/echo.h"
#include "fs/mirror/mirror.h"
#include "fs/request/history.h"

/* Until a list or a watch is asked for again. It need not grow: the client has a backoff of its own
 * for a connection that fails. */
#define FEED_RETRY_MS 100

struct mirror_list;

/* What the feed tells of. */
struct feed_events {
	void (*stands)(void *arg);   /* for the first time: the mirror is whole, and will stay so */
	void (*advanced)(void *arg); /* the mirror has moved on, or is proven */
	void (*doubted)(void *arg);  /* a watch may have been lost without knowing it */
	void (*proven)(void *arg);   /* for one more connection */
	/* What was shown is not etcd's history; the other one goes on behind @revision. */
	void (*replaced)(void *arg, int64_t revision);
	/* The mount cannot go on, with @error, or cannot start; @text says why. */
	void (*failed)(void *arg, int error, const char *text);
	void *arg;
};

/* The fields up to `events` are the caller's. */
struct feed {
	const struct fs_config *config;
	struct loop *loop;
	struct etcd *etcd;
	struct mirror *mirror;
	struct echo *echo;
	struct counters *counters;
	struct feed_events events;

	struct timer retry;
	void (*listed)(struct feed *feed); /* the list is in the mirror */
	struct mirror_list *list; /* while listing */
	uint64_t call;		  /* the list or the watch */
	uint64_t cluster_id;
	uint64_t member_id;
	struct history history; /* what the watch has shown since the list */
	uint64_t proven;	/* the connection whose etcd has the mirror's history; 0: none */
	int64_t proven_to;	/* where the mirror was when that was found */
	int64_t compacted;	/* etcd says that up to here there is no history */
	unsigned n_failed;	/* lists, in a row */
	bool watching;	/* @call is a watch */
	bool must_list; /* what the mirror has is no good, or not known to be */
	bool forked;	/* that was of another history */
	bool deaf;	/* the watch that is ending is not listened to */
	bool behind;	/* the watch that is ending was of a member whose revision is lower */
	bool synced;	/* the mirror has been whole once */
	bool told;	/* the supervisor knows, the watch stands */
	bool limited;	/* only the prefix is watched */
	bool denied;	/* etcd refuses even that; logged */
	bool ending;
};

void feed_init(struct feed *feed);
void feed_start(struct feed *feed);
void feed_end(struct feed *feed);  /* the mount ends: nothing is asked again */
void feed_fini(struct feed *feed); /* after the client has been freed */

/* The watch cannot be followed: end it, and list. */
void feed_lost(struct feed *feed, const char *reason);

/* What the mirror has is what the etcd has that answers now. */
bool feed_is_proven(const struct feed *feed);

/* etcd has refused a question that the feed's rights allow: they may have changed. */
void feed_denied(struct feed *feed);

/* The watch may have been lost without knowing it: start it again from where the mirror is. */
void feed_doubt(struct feed *feed);
