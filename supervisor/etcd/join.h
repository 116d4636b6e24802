/* Makes this node a member of a running cluster: a learner first, and a voter when it is in sync.
 */
/*
 * Owner:   the supervisor; embedded.
 * Threads: one, that of the loop.
 *
 *   asking   the cluster for its members, and again until join_fini() or an ending
 *   adding   this node as a learner; what was added before and never started is taken up
 *   (etcd is started by the supervisor, and says when it is a learner)
 *   promoting, asked again and again, until etcd's own Status says that it is no learner any more
 *
 * A learner has no vote: what is left when this is ended halfway is no harm to the cluster's
 * quorum.
 */
#pragma once

#include "fs/base/loop.h"
#include "fs/etcd/etcd.h"
#include "supervisor/etcd/join_plan.h"

struct join_handler {
	/* It is a member now, and can be started with this initial-cluster. */
	void (*joined)(void *arg, const char *initial_cluster);
	void (*failed)(void *arg, const char *text); /* refused; not called again */
};

struct join {
	struct loop *loop;
	const struct join_handler *handler;
	void *arg;
	const struct etcd_config *cluster; /* the client URL of one or several of its members */
	struct join_node node;

	struct etcd *etcd;
	struct source source;
	struct timer again;
	bool asks;	   /* it is no member yet, and neither joined() nor failed() was called */
	bool busy;	   /* a question is under way */
	char trouble[512]; /* why it goes on asking; "" */
};

/* The fields up to node are set by the caller, borrowed. 0 or -errno. */
int join_init(struct join *join);
void join_fini(struct join *join);

/* Becomes a member; joined() or failed(). */
void join_start(struct join *join);
/* The member that runs here is a learner: asks for its promotion, unless that is under way. To be
 * called again and again. */
void join_promote(struct join *join, uint64_t member);
