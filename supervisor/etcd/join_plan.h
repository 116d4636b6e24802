/* Decides from a list of members what a node that wants to join them must do. Pure. */
/*
 * Owner:   the caller frees what is returned.
 * Threads: none of its own.
 */
#pragma once

#include "fs/etcd/etcd.h"
#include "supervisor/config/refusal.h"
#include "supervisor/config/strv.h"

/* The node, which has no data yet. */
struct join_node {
	const char *name;
	const struct strv *peer_urls;
};

/* Returns 0 with the id of the member that this node was added as and never started, or with id 0
 * if it must be added; or REFUSED. */
int join_plan(const struct join_node *node, const struct etcd_member *members, size_t n_members,
	uint64_t *ret_id, struct refusal *refusal);

/* etcd's initial-cluster for the members, of which @id is this node. NULL without memory. */
char *join_initial_cluster(const struct join_node *node, uint64_t id,
	const struct etcd_member *members, size_t n_members);
