/* Makes this node a member of a running cluster: a learner first, and a voter when it is in
 * sync. */
/*
 * Owner:   the supervisor; embedded.
 * Threads: one, that of the loop.
 *
 *   asking    the cluster for its members, repeated until join_fini(), success or failure
 *   adding    this node as a learner; one that was added before and never started is taken over
 *   (the supervisor starts etcd, and reports when it is a learner)
 *   promoting is asked for, repeatedly, until etcd's own Status says that it is no learner any more
 *
 * A learner has no vote, so if this is ended halfway, the rest does not harm the cluster's quorum.
 */
#pragma once

#include "fs/base/loop.h"
#include "fs/etcd/etcd.h"
#include "supervisor/etcd/join_plan.h"

struct join_handler {
	/* This node is a member now, and etcd can be started with this initial-cluster. */
	void (*joined)(void *arg, const char *initial_cluster);
	void (*failed)(void *arg, const char *text); /* refused; not called again */
};

struct join {
	struct loop *loop;
	const struct join_handler *handler;
	void *arg;
	const struct etcd_config *cluster; /* the client URLs of one or more of its members */
	struct join_node node;

	struct etcd *etcd;
	struct source source;
	struct timer again;
	bool asks;	   /* it is no member yet, and neither joined() nor failed() was called */
	bool busy;	   /* a question is under way */
	char trouble[512]; /* why it is still asking; "" */
};

/* The caller sets the fields up to node; they are borrowed. Returns 0 or -errno. */
int join_init(struct join *join);
void join_fini(struct join *join);

/* Makes this node a member; joined() or failed() follows. */
void join_start(struct join *join);
/* The member that runs here is a learner: asks for its promotion, unless that is under way. Call it
 * repeatedly. */
void join_promote(struct join *join, uint64_t member);
