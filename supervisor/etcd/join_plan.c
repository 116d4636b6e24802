#include "supervisor/etcd/join_plan.h"

#include "fs/base/buf.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool has_url_of(const struct etcd_member *member, const struct strv *urls)
{
	for (size_t i = 0; i < member->n_peer_urls; i++)
		for (size_t k = 0; k < urls->count; k++)
			if (!strcmp(member->peer_urls[i], urls->items[k]))
				return true;
	return false;
}

static int refuse_same_url(
	const struct join_node *node, const struct etcd_member *member, struct refusal *refusal)
{
	if (strcmp(member->name, node->name))
		return refuse(refusal,
			"its member '%s' has the peer URL %s already: give this "
			"node another with -e listen-peer-urls=URL",
			member->name, member->peer_urls[0]);
	return refuse(refusal,
		"this node is its member '%s' already, but the data are not here: bring them back, "
		"or remove the member (etcdctl member remove %" PRIx64 ") and join again",
		member->name, member->id);
}

/* Refuses a member that this node cannot reach over the network. */
static int check_reachable(const struct etcd_member *member, struct refusal *refusal)
{
	for (size_t i = 0; i < member->n_peer_urls; i++)
		if (strncmp(member->peer_urls[i], "unix", 4) != 0)
			return 0;
	return refuse(refusal,
		"its member '%s' has no address for other members (only %s): give it one with "
		"etcdctl member update %" PRIx64 " --peer-urls=http://HOST:PORT, and start it "
		"with -e listen-peer-urls=http://HOST:PORT",
		member->name, member->n_peer_urls ? member->peer_urls[0] : "none", member->id);
}

int join_plan(const struct join_node *node, const struct etcd_member *members, size_t n_members,
	uint64_t *ret_id, struct refusal *refusal)
{
	uint64_t id = 0;
	int error = 0;

	for (size_t i = 0; !error && i < n_members; i++) {
		const struct etcd_member *member = &members[i];
		bool started = *member->name;

		if (!has_url_of(member, node->peer_urls)) {
			error = check_reachable(member, refusal);
			if (!error && !strcmp(member->name, node->name))
				error = refuse(refusal,
					"it has a member '%s' already: give this node another name "
					"with -e name=NAME",
					node->name);
		} else if (started) {
			error = refuse_same_url(node, member, refusal);
		} else {
			id = member->id;
		}
	}
	if (!error)
		*ret_id = id;
	return error;
}

/* A member that was never started has no name yet; any will do, because etcd only compares the
 * URLs. */
static const char *name_of(const struct join_node *node, uint64_t id,
	const struct etcd_member *member, char *text, size_t size)
{
	if (member->id == id)
		return node->name;
	if (*member->name)
		return member->name;
	snprintf(text, size, "%" PRIx64, member->id);
	return text;
}

char *join_initial_cluster(const struct join_node *node, uint64_t id,
	const struct etcd_member *members, size_t n_members)
{
	CLEANUP(buf) struct buf cluster = {0};
	char text[24];
	int error = 0;

	for (size_t i = 0; i < n_members; i++)
		for (size_t k = 0; !error && k < members[i].n_peer_urls; k++)
			error = buf_printf(&cluster, "%s%s=%s", cluster.len ? "," : "",
				name_of(node, id, &members[i], text, sizeof(text)),
				members[i].peer_urls[k]);
	if (error || buf_append_byte(&cluster, 0))
		return NULL;
	return (char *)STEAL(cluster.data);
}
