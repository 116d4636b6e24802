/* Finds out whether this member was removed from its cluster, by the members' list alone. */
/*
 * Owner:   the supervisor; embedded.
 * Threads: one, that of the loop.
 * Rule:    etcd's log is no proof, because it also contains words of keys and clients. Our own etcd
 *          shows its list until it ends, so we ask for it whenever it may have changed; after
 *          etcd's end we ask the other members.
 */
#pragma once

#include "fs/base/loop.h"
#include "fs/etcd/etcd.h"

struct removal {
	struct loop *loop;
	struct etcd *own;		   /* the client of our own etcd; borrowed */
	const struct etcd_config *cluster; /* the cluster that was joined, or all zero */
	/* After removal_ask(). @removed: 1: it was; 0: it was not; negative: nobody could be
	 * asked. */
	void (*answered)(void *arg, int removed);
	void *arg;

	uint64_t member, cluster_id; /* our own ids; 0: unknown */
	bool looking, look_again;
	struct timer later; /* asks again, because the log is ahead of the list */
	bool proven;	    /* our own etcd's list is without us */
	struct buf others;  /* the other members' client URLs, separated by commas */
	struct etcd *asked; /* the client of the others, while they are asked; else NULL */
	int verdict;	    /* for answered() */
	struct source source;
	struct task done;
};

/* The caller sets the fields up to arg. */
void removal_init(struct removal *removal);
void removal_fini(struct removal *removal);

/* The members may have changed: asks our own etcd for its list. */
void removal_look(struct removal *removal);

/* Our etcd has ended by itself: asks the others, if possible. answered() follows, not from inside
 * this. */
void removal_ask(struct removal *removal);

/* Whether @reply, a members' list of @cluster_id, is without @member: 1 or 0; -1: it is another
 * cluster's, or our ids are unknown. Pure. */
int removal_judge(const struct etcd_reply *reply, uint64_t cluster_id, uint64_t member);
