/* Whether this member was removed from its cluster: the members' list says so, and nothing else. */
/*
 * Owner:   the supervisor; embedded.
 * Threads: one, that of the loop.
 * Rule:    etcd's log is no proof, since keys and clients have their words in it too. Our own etcd
 *          shows its list until it ends, so that is looked at whenever something may have changed;
 *          after the end the others are asked.
 */
#pragma once

#include "fs/base/loop.h"
#include "fs/etcd/etcd.h"

struct removal {
	struct loop *loop;
	struct etcd *own;		   /* the client of our own etcd; borrowed */
	const struct etcd_config *cluster; /* of the cluster that was joined, or all zero */
	/* After removal_ask(): whether it was removed; negative: nobody could be asked. */
	void (*answered)(void *arg, int removed);
	void *arg;

	uint64_t member, cluster_id; /* who we are; 0: not known */
	bool looking, look_again;
	struct timer later; /* for what the log says before it is so */
	bool proven;	    /* our own etcd's list is without us */
	struct buf others;  /* the other members' client URLs, with commas between them */
	struct etcd *asked; /* the others' client, while they are asked; else NULL */
	int verdict;	    /* for answered() */
	struct source source;
	struct task done;
};

/* The fields up to arg are the caller's. */
void removal_init(struct removal *removal);
void removal_fini(struct removal *removal);

/* The members may be others now: looks at our own etcd's list. */
void removal_look(struct removal *removal);

/* Our etcd has ended by itself: asks who can be asked. Then answered(), not from inside this. */
void removal_ask(struct removal *removal);

/* Whether @reply, a list of the members of @cluster_id, is without @member: 1, 0, or -1: it is
 * another cluster's, or who we are is not known. Pure. */
int removal_judge(const struct etcd_reply *reply, uint64_t cluster_id, uint64_t member);
