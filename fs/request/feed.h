/* Keeps the mirror up to date with etcd: one list, then one watch, over the whole keyspace, or over
 * the prefix if etcd lets us see no more. */
/*
 * Owner:   the mount. RPC thread only.
 *
 *   state      is left when
 *   listing    the list is whole: the mirror is replaced; then watching from the next revision
 *              the list fails: waiting, then listing
 *   watching   the watch ends: waiting, then watching from the mirror's revision
 *              compacted, a gap, a step back, another history: listing
 *   asking     etcd's revision is behind ours: listing; is not: watching
 *   waiting    the delay is over
 *
 * Revisions have no gaps, so every lost event is noticed, whatever lost it. But etcd may refuse our
 * user the whole keyspace, and show the prefix. Then the feed is limited: the mirror sees only some
 * revisions (it is sparse), and the barrier finds out which one it has reached.
 *
 * After a connection was lost, another member of the cluster may answer. A member has the same
 * history, but may be behind; then the watch is asked for again until it is not. A cluster restored
 * from a backup looks the same: the ids are equal, and its revisions go on from the backup's, but
 * with other changes. So the mirror is proven for one connection only. On the next connection the
 * watch begins with the last revisions that were shown (history.h). When the same revisions have
 * come again, the mirror is proven for this connection; no barrier passes before. If other ones
 * come, or if none are left to compare (etcd has compacted them, or nothing has changed since the
 * list), the keyspace is listed. A watch on the connection of the list, or again on the same
 * connection, needs no proof, because one process of etcd has one history. (Not detected: a proxy
 * that speaks gRPC itself, and keeps its connection to us while the etcd behind it is replaced.)
 */
#pragma once

#include "fs/api/config.h"
#include "fs/base/counters.h"
#include "fs/base/loop.h"
#include "fs/etcd/etcd.h"
#include "fs/events/echo.h"
#include "fs/mirror/mirror.h"
#include "fs/request/history.h"

/* The delay before the next list or watch. It need not grow: the client has its own backoff for a
 * connection that fails. */
#define FEED_RETRY_MS 100

struct mirror_list;

/* What the feed reports. */
struct feed_events {
	void (*stands)(void *arg);   /* once: the mirror is whole, and the watch keeps it so */
	void (*advanced)(void *arg); /* the mirror has advanced, or is proven */
	void (*doubted)(void *arg);  /* a watch may have been lost unnoticed */
	void (*proven)(void *arg);   /* the mirror is proven for one more connection */
	/* The revisions shown so far are not etcd's history; etcd's own goes on after @revision. */
	void (*replaced)(void *arg, int64_t revision);
	/* The mount cannot start, or cannot go on, with @error; @text says why. */
	void (*failed)(void *arg, int error, const char *text);
	void *arg;
};

/* The caller sets the fields up to `events`. */
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
	uint64_t call;		  /* the RPC of the list or the watch */
	uint64_t cluster_id;
	uint64_t member_id;
	struct history history; /* what the watch has shown since the list */
	uint64_t proven;	/* the connection for which the mirror is proven; 0: none */
	int64_t proven_to;	/* the mirror's revision when that was found */
	int64_t compacted;	/* etcd has compacted the history up to here */
	unsigned n_failed;	/* lists that have failed in a row */
	bool watching;	/* @call is a watch */
	bool must_list; /* the mirror is out of date, or not known to be current */
	bool forked;	/* the mirror shows another history than etcd's */
	bool deaf;	/* ignore the events of the watch that is ending */
	bool behind;	/* the watch that is ending is of a member whose revision is lower */
	bool synced;	/* the mirror has been whole once */
	bool told;	/* the watch stands, and the supervisor has been told */
	bool limited;	/* only the prefix is watched */
	bool denied;	/* etcd refuses even that, and this was logged */
	bool ending;
};

void feed_init(struct feed *feed);
void feed_start(struct feed *feed);
void feed_end(struct feed *feed);  /* the mount ends: nothing is asked again */
void feed_fini(struct feed *feed); /* after the client has been freed */

/* The watch cannot be followed: ends it, and lists. */
void feed_lost(struct feed *feed, const char *reason);

/* Whether the mirror is proven for the present connection to etcd. */
bool feed_is_proven(const struct feed *feed);

/* etcd has refused a question that the feed's rights allow: the rights may have changed. */
void feed_denied(struct feed *feed);

/* The watch may have been lost unnoticed: starts it again from the mirror's revision. */
void feed_doubt(struct feed *feed);
