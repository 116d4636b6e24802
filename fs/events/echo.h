/* Decides for each revision of the watch whether this mount made it, and who is told of it. */
/*
 * Owner:   the mount. RPC thread only (the mirror's lock may be held in echo_hear()).
 *
 * Only changes made elsewhere need an inotify event: the kernel has reported ours already. Each
 * transaction has a revision of its own, so a revision is ours or it is not. The watch may show
 * ours before etcd's answer says which it was; so what a revision changed waits while one of
 * our transactions on any of its keys is under way, and what comes behind it waits too, for the
 * order.
 */
#pragma once

#include "fs/etcd/etcd.h"
#include "fs/events/invalidate.h"
#include "fs/mirror/mirror.h"

#include <sys/queue.h>

/* One transaction of ours under way. */
struct echo_pending {
	TAILQ_ENTRY(echo_pending) entry;
	const struct etcd_op *ops; /* that it does */
	size_t n_ops;
	uint64_t serial;
	bool seen; /* the watch has shown what it puts, ours or its like, or may have */
};

TAILQ_HEAD(echo_pending_list, echo_pending);
TAILQ_HEAD(echo_batch_list, echo_batch);

struct echo {
	const struct fs_config *config;
	struct mirror *mirror;
	struct invalidate *invalidate;
	struct touch_queue *touches;
	struct echo_pending_list pending;
	struct echo_batch_list batches; /* revisions that have not been told yet */
	struct echo_batch *open;	/* the one being applied */
	uint64_t serial;
	int64_t *revisions; /* ours, which the watch has not shown yet */
	size_t n_revisions, capacity;
};

void echo_init(struct echo *echo, const struct fs_config *config, struct mirror *mirror,
	struct invalidate *invalidate, struct touch_queue *touches);
void echo_fini(struct echo *echo);

/* Around a transaction that does @ops, which are borrowed. @revision 0: it has not happened, or
 * nobody knows. */
void echo_begin(
	struct echo *echo, struct echo_pending *pending, const struct etcd_op *ops, size_t n_ops);
void echo_end(struct echo *echo, struct echo_pending *pending, int64_t revision);

/* The kernel has been told that @revision, which the watch has not shown yet, is not known to have
 * happened. So it knows nothing of it, as of another's. */
void echo_disown(struct echo *echo, int64_t revision);

/* Another history: what was ours in the old one says nothing of the new one's revisions. */
void echo_forget(struct echo *echo);

/* Around what the feed applies: one revision, or (@events NULL) a list. */
void echo_open(
	struct echo *echo, int64_t revision, const struct etcd_event *events, size_t n_events);
bool echo_hear(void *arg, enum tree_event event, struct trail *trail, int64_t mod_revision);
void echo_close(struct echo *echo);
