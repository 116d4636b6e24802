/* What a mount has done so far, counted, and shown to Prometheus. */
/*
 * Owner:   the mount.
 * Threads: any; a count is one relaxed addition, without a lock.
 */
#pragma once

#include "fs/base/buf.h"

#include <stdatomic.h>
#include <stdint.h>

struct fs;

enum metric {
	METRIC_BARRIERS,     /* questions for the revision */
	METRIC_TRANSACTIONS, /* sent */
	METRIC_CONFLICTS,    /* refused, since somebody was faster: tried again on what is there */
	METRIC_UNKNOWN,	     /* sent, and no answer */
	METRIC_TIMEOUTS,     /* operations that ended so */
	METRIC_LISTS,	     /* of the whole keyspace */
	METRIC_TOUCHES,	     /* steps of the notifier's */
	METRIC_TOUCHES_DUE,  /* changes that asked for one */
	METRIC_TOUCHES_MERGED, /* of these: into one that was due already */
	METRICS_,
};

#define METRIC_OPCODES 64 /* the kernel's requests, by number */

struct metrics {
	atomic_uint_fast64_t counts[METRICS_];
	atomic_uint_fast64_t opcodes[METRIC_OPCODES];
	int64_t started_s; /* since the epoch */
};

void metrics_init(struct metrics *metrics);

static inline void metrics_count(struct metrics *metrics, enum metric metric)
{
	atomic_fetch_add_explicit(&metrics->counts[metric], 1, memory_order_relaxed);
}

/* One request of the kernel's, as it was read. */
void metrics_count_request(struct metrics *metrics, struct bytes request);

/* The text exposition format. 0 or -ENOMEM. */
int metrics_render(struct fs *fs, struct buf *ret);
