/* The seed of a random test: TEST_SEED, or the time; printed, so that a failure can be repeated. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline unsigned test_seed(void)
{
	const char *given = getenv("TEST_SEED");
	unsigned seed = given ? strtoul(given, NULL, 0) : (unsigned)time(NULL);

	fprintf(stderr, "# TEST_SEED=%u\n", seed);
	return seed;
}
