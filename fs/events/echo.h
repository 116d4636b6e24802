/* For each revision of the watch, decides whether this mount made it, and who is told of it. */
/*
 * Owner:   the mount.
 * Threads: the RPC thread only. The mirror's lock may be held in echo_hear().
 *
 * Only changes made elsewhere need an inotify event: the kernel raised the events of this mount's
 * changes when it made them. A request of ours has a revision of its own, and writes share a
 * request only if the kernel has told its watchers of each (mutation.c), so a revision is ours as a
 * whole or not at all. The watch may show a revision of ours before etcd's answer says which
 * revision that was. So a revision waits while a transaction of ours on one of its keys is under
 * way, and later revisions wait behind it, to keep the order.
 */
#pragma once

#include "fs/etcd/etcd.h"
#include "fs/events/invalidate.h"
#include "fs/mirror/mirror.h"

#include <sys/queue.h>

/* A transaction of this mount that is under way. */
struct echo_pending {
	TAILQ_ENTRY(echo_pending) entry;
	const struct etcd_op *ops; /* its operations */
	size_t n_ops;
	uint64_t serial;
	bool seen; /* the watch has shown, or may have, a change like that of this transaction */
};

TAILQ_HEAD(echo_pending_list, echo_pending);
TAILQ_HEAD(echo_batch_list, echo_batch);

struct echo {
	const struct fs_config *config;
	struct mirror *mirror;
	struct invalidate *invalidate;
	struct touch_queue *touches;
	struct echo_pending_list pending;
	struct echo_batch_list batches; /* applied revisions whose changes are not handed on yet */
	struct echo_batch *open;	/* the revision being applied */
	uint64_t serial;
	int64_t *revisions; /* revisions of ours that the watch has not shown yet */
	size_t n_revisions, capacity;
};

void echo_init(struct echo *echo, const struct fs_config *config, struct mirror *mirror,
	struct invalidate *invalidate, struct touch_queue *touches);
void echo_fini(struct echo *echo);

/* Called before and after a transaction with @ops; @pending and @ops are borrowed between.
 * @revision is the transaction's; 0: it has not happened, or the outcome is unknown. */
void echo_begin(
	struct echo *echo, struct echo_pending *pending, const struct etcd_op *ops, size_t n_ops);
void echo_end(struct echo *echo, struct echo_pending *pending, int64_t revision);

/* @revision, which the watch has not shown yet, counts as made elsewhere from now on, because the
 * caller's request was answered to the kernel as one of unknown outcome. */
void echo_disown(struct echo *echo, int64_t revision);

/* etcd has another history now, in which the revisions known as ours mean nothing: forgets them. */
void echo_forget(struct echo *echo);

/* Called around what the feed applies to the mirror: one revision, or (@events NULL) a list.
 * echo_hear() is the mirror's listener meanwhile. */
void echo_open(
	struct echo *echo, int64_t revision, const struct etcd_event *events, size_t n_events);
/* Around a change of the mirror that no revision has made. */
void echo_open_here(struct echo *echo);
bool echo_hear(void *arg, enum tree_event event, struct trail *trail, int64_t mod_revision);
void echo_close(struct echo *echo);
