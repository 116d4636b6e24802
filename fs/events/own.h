/* Tells this mount's own changes from everybody else's: of these the kernel has not heard. */
/*
 * Owner:   the mount. RPC thread only (the mirror's lock may be held in own_hear()).
 *
 * Each transaction has a revision of its own, so a revision is ours or it is not. The watch may
 * show ours before etcd's answer says which it was; so what a revision changed waits while one of
 * our transactions on any of its keys is under way, and what comes behind it waits too, for the
 * order.
 */
#pragma once

#include "fs/etcd/etcd.h"
#include "fs/events/invalidate.h"
#include "fs/mirror/mirror.h"

#include <sys/queue.h>

/* One transaction of ours under way. */
struct own_pending {
	TAILQ_ENTRY(own_pending) entry;
	const struct etcd_op *ops; /* that it does */
	size_t n_ops;
	uint64_t serial;
	bool seen; /* the watch has shown what it puts, ours or its like, or may have */
};

TAILQ_HEAD(own_pending_list, own_pending);
TAILQ_HEAD(own_batch_list, own_batch);

struct own {
	const struct fs_config *config;
	struct mirror *mirror;
	struct invalidate *invalidate;
	struct touches *touches;
	struct own_pending_list pending;
	struct own_batch_list batches; /* revisions that have not been told yet */
	struct own_batch *open;	       /* the one being applied */
	uint64_t serial;
	int64_t *revisions; /* ours, which the watch has not shown yet */
	size_t n_revisions, capacity;
};

void own_init(struct own *own, const struct fs_config *config, struct mirror *mirror,
	struct invalidate *invalidate, struct touches *touches);
void own_fini(struct own *own);

/* Around a transaction that does @ops, which are borrowed. @revision 0: it has not happened, or
 * nobody knows. */
void own_begin(
	struct own *own, struct own_pending *pending, const struct etcd_op *ops, size_t n_ops);
void own_end(struct own *own, struct own_pending *pending, int64_t revision);

/* The kernel has been told that @revision, which the watch has not shown yet, is not known to have
 * happened. So it knows nothing of it, as of another's. */
void own_disown(struct own *own, int64_t revision);

/* Another history: what was ours in the old one says nothing of the new one's revisions. */
void own_forget(struct own *own);

/* Around what the feed applies: one revision, or (@events NULL) a list. */
void own_open(struct own *own, int64_t revision, const struct etcd_event *events, size_t n_events);
bool own_hear(void *arg, enum mirror_event event, struct trail *trail, int64_t mod_revision);
void own_close(struct own *own);
