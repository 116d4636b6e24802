/* What the kernel remembers and must forget: names and attributes, each due once. */
/*
 * Owner:   the invalidation (invalidate.h).
 * Threads: any adds; one takes, and waits for nobody but those who add.
 *
 * First in, first out. An entry that is still queued is not queued twice: the kernel will forget it
 * after the later change as well. One that was handed out already is queued again.
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
	uint64_t id; /* whose attributes, or in which directory the name is */
	char name[]; /* empty: the attributes */
};

TAILQ_HEAD(stale_list, stale);
RB_HEAD(stale_set, stale);

struct inval_queue {
	struct lock lock; /* the rest */
	pthread_cond_t news;
	struct stale_list list;
	struct stale_set set;
	uint64_t serial;
	bool stopped;
};

void inval_queue_init(struct inval_queue *queue);
void inval_queue_fini(struct inval_queue *queue); /* after the thread that takes has ended */

/* @name NULL: the attributes of @id. The serial that it will be taken with; serials are taken in
 * rising order. 0 without memory. */
uint64_t inval_queue_add(struct inval_queue *queue, uint64_t id, const char *name);

/* The next one, which is now the caller's, who frees it; waits for it. NULL: stopped. */
struct stale *inval_queue_take(struct inval_queue *queue);

/* Nothing is taken any more. */
void inval_queue_stop(struct inval_queue *queue);
