/* What keeps the mirror up with etcd: one list, then one watch over the whole keyspace; or over the
 * prefix, if etcd lets us see no more. */
/*
 * Owner:   the mount. RPC thread only.
 *
 *   state      is left when
 *   listing    the list is whole: the mirror is replaced, and it watches from the next revision
 *              it fails: waiting, then listing
 *   watching   it ends: waiting, then watching from where the mirror is
 *              compacted, a gap, a step back, another cluster: listing
 *   waiting    the delay is over
 *
 * Revisions come without gaps, so a lost event is always seen, whatever lost it. But etcd may
 * refuse the whole keyspace to our user, and show the prefix. Then the feed is limited: the
 * mirror is sparse, and the barrier finds out where it is.
 *
 * After a connection was lost, another member of the cluster may answer. Its revisions are the
 * same; it may be behind, and then the watch is asked for again until it is not.
 */
#pragma once

#include "fs/base/loop.h"
#include "fs/etcd/etcd.h"

struct fs;
struct mirror_list;

struct feed {
	struct fs *fs;
	struct timer retry;
	struct mirror_list *list; /* while listing */
	uint64_t call;		  /* the list or the watch */
	uint64_t cluster_id;
	uint64_t member_id;
	bool watching;	/* @call is a watch */
	bool must_list; /* the watch that is ending was no good */
	bool synced;	/* the mirror has been whole once */
	bool told;	/* the supervisor knows, the watch stands */
	bool limited;	/* only the prefix is watched */
	bool denied;	/* etcd refuses even that; logged */
};

void feed_init(struct feed *feed, struct fs *fs);
void feed_start(struct feed *feed);
void feed_fini(struct feed *feed); /* after the client has been freed */

/* The watch cannot be followed: end it, and list. */
void feed_lost(struct feed *feed, const char *reason);

/* etcd has refused a question that the feed's rights allow: they may have changed. */
void feed_denied(struct feed *feed);

/* The watch may have been lost without knowing it: start it again from where the mirror is. */
void feed_doubt(struct feed *feed);
