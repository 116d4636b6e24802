/* Counts of what a mount has done since its start, and of how long it took. */
/*
 * Owner:   the mount.
 * Threads: any; a count is one relaxed addition, without a lock.
 */
#pragma once

#include "fs/base/histogram.h"

#include <stdatomic.h>
#include <stdint.h>

enum counter {
	COUNTER_BARRIERS,	/* questions to etcd for its revision */
	COUNTER_TRANSACTIONS,	/* sent */
	COUNTER_CONFLICTS,	/* compares failed, so tried again on the new state */
	COUNTER_UNKNOWN,	/* transactions sent without getting an answer */
	COUNTER_TIMEOUTS,	/* operations that ended because their time was over */
	COUNTER_INTERRUPTED,	/* operations that ended because of a signal */
	COUNTER_LISTS,		/* lists of the whole keyspace */
	COUNTER_TOUCHES,	/* steps that the notifier was told to make */
	COUNTER_TOUCHES_DUE,	/* changes that need an inotify event */
	COUNTER_TOUCHES_MERGED, /* of these, those merged into a touch already queued */
	COUNTER_LOCKS_LOST,	/* granted locks whose keys are gone */
	COUNTER_LEASES_LOST,	/* times that the mount's lease was gone */
	COUNTERS_,
};

#define COUNTER_OPCODES 64 /* requests of the kernel, by FUSE opcode */

struct counters {
	atomic_uint_fast64_t counts[COUNTERS_];
	atomic_uint_fast64_t opcodes[COUNTER_OPCODES];
	struct histogram operations[COUNTER_OPCODES]; /* from the request to its reply */
	struct histogram barriers;	   /* from a question for etcd's revision to its answer */
	struct histogram publishes;	   /* from a transaction's turn until the mirror shows it */
	struct histogram events;	   /* from a change's arrival until its touch is made */
	atomic_int_fast64_t etcd_revision; /* of the last such answer; 0: none yet */
	int64_t started_s;		   /* when counting began; seconds since the epoch */
};

static inline void counter_add(struct counters *counters, enum counter counter)
{
	atomic_fetch_add_explicit(&counters->counts[counter], 1, memory_order_relaxed);
}

static inline void counter_add_request(struct counters *counters, uint32_t opcode)
{
	if (opcode < COUNTER_OPCODES)
		atomic_fetch_add_explicit(&counters->opcodes[opcode], 1, memory_order_relaxed);
}

static inline void counter_add_reply(struct counters *counters, uint32_t opcode, int64_t us)
{
	if (opcode < COUNTER_OPCODES)
		histogram_observe(&counters->operations[opcode], us);
}
