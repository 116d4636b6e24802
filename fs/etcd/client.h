/* What the files of fs/etcd know of a client; all others include etcd.h. */
#pragma once

#include "fs/base/timer.h"
#include "fs/etcd/channel.h"
#include "fs/etcd/etcd.h"
#include "fs/etcd/mailbox.h"

struct etcd {
	struct poller poller;
	struct mailbox mailbox;
	struct channel channel; /* this and what follows: the dispatching thread only */
	struct timers timers;
	struct etcd_header heard; /* the header of the last answer, with the newest revision seen of
				   * its cluster */
	bool yields; /* long work goes on, but sockets and the caller have their turns first */
};

/* Takes note of the header of an answer. */
static inline void client_hear(struct etcd *etcd, const struct etcd_header *header)
{
	int64_t revision = etcd->heard.revision;

	if (!header->cluster_id)
		return;
	if (header->cluster_id != etcd->heard.cluster_id || header->revision > revision)
		revision = header->revision;
	etcd->heard = *header;
	etcd->heard.revision = revision;
}

/* Any thread. Queues a request for the dispatching thread. 0, or -ECANCELED when the client is
 * being freed. */
int client_post(struct etcd *etcd, struct request *request, uint64_t *ret_id);
