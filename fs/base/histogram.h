/* Durations counted by length, in the buckets of a Prometheus histogram. */
/*
 * Owner:   whoever embeds it; zero-initialised it is empty.
 * Threads: any; an observation is two relaxed additions, without a lock. A reader may see one of
 *          the two.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#define HISTOGRAM_BOUNDS 16

/* The upper bounds of the buckets, the lowest first: 50 us to 5 s. */
extern const int64_t histogram_bounds_us[HISTOGRAM_BOUNDS];

struct histogram {
	/* Of each bucket alone; the last one has no upper bound. */
	atomic_uint_fast64_t counts[HISTOGRAM_BOUNDS + 1];
	atomic_uint_fast64_t sum_us;
};

void histogram_observe(struct histogram *histogram, int64_t us);
