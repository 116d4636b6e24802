#include "fs/base/histogram.h"

const int64_t histogram_bounds_us[HISTOGRAM_BOUNDS] = {
	50,
	100,
	250,
	500,
	1000,
	2500,
	5000,
	10000,
	25000,
	50000,
	100000,
	250000,
	500000,
	1000000,
	2500000,
	5000000,
};

/* Most durations are short, so the search from the lowest bound on takes few steps. */
void histogram_observe(struct histogram *histogram, int64_t us)
{
	unsigned i = 0;

	while (i < HISTOGRAM_BOUNDS && us > histogram_bounds_us[i])
		i++;
	atomic_fetch_add_explicit(&histogram->counts[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&histogram->sum_us, us > 0 ? us : 0, memory_order_relaxed);
}
