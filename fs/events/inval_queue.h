/* The queue of names and attributes that the kernel must forget. */
/*
 * Owner:   struct invalidate.
 * Threads: any may add; the invalidation thread takes, and waits for entries.
 *
 * FIFO. An entry still queued is not queued twice, since taking it makes the kernel forget the
 * later change as well. An entry that was handed out is queued again.
 */
#pragma once

#include "fs/base/lock.h"

#include <bsd/sys/tree.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct stale {
	TAILQ_ENTRY(stale) entry;
	RB_ENTRY(stale) by_what;
	uint64_t serial;
	uint64_t id; /* the node of the attributes, or the directory of the name */
	char name[]; /* "": the attributes */
};

TAILQ_HEAD(stale_list, stale);
RB_HEAD(stale_set, stale);

struct inval_queue {
	struct lock lock; /* protects the rest */
	pthread_cond_t news;
	struct stale_list list;
	struct stale_set set;
	uint64_t serial;
	bool stopped;
};

void inval_queue_init(struct inval_queue *queue);
void inval_queue_fini(struct inval_queue *queue); /* after the invalidation thread has ended */

/* Queues the name @name in the directory @id, or (@name NULL) the attributes of @id. Returns the
 * serial of its entry, or 0 without memory. Entries are taken in the order of their serials. */
uint64_t inval_queue_add(struct inval_queue *queue, uint64_t id, const char *name);

/* Waits for the next entry, which the caller frees. NULL: the queue was stopped. */
struct stale *inval_queue_take(struct inval_queue *queue);

/* From now on inval_queue_take() returns NULL. */
void inval_queue_stop(struct inval_queue *queue);
