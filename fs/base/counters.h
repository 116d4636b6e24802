/* What a mount has done so far, counted. */
/*
 * Owner:   the mount.
 * Threads: any; a count is one relaxed addition, without a lock.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

enum counter {
	COUNTER_BARRIERS,     /* questions for the revision */
	COUNTER_TRANSACTIONS, /* sent */
	COUNTER_CONFLICTS,    /* refused, since somebody was faster: tried again on what is there */
	COUNTER_UNKNOWN,      /* sent, and no answer */
	COUNTER_TIMEOUTS,     /* operations that ended so */
	COUNTER_LISTS,	      /* of the whole keyspace */
	COUNTER_TOUCHES,      /* steps of the notifier's */
	COUNTER_TOUCHES_DUE,  /* changes that asked for one */
	COUNTER_TOUCHES_MERGED, /* of these: into one that was due already */
	COUNTERS_,
};

#define COUNTER_OPCODES 64 /* the kernel's requests, by their FUSE_... number */

struct counters {
	atomic_uint_fast64_t counts[COUNTERS_];
	atomic_uint_fast64_t opcodes[COUNTER_OPCODES];
	int64_t started_s; /* when counting began, since the epoch */
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
