#include "fs/base/backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_doubles_to_the_most(void **state)
{
	static const unsigned steps[] = {50, 100, 200, 400, 800, 1600, 2000, 2000, 2000};
	struct backoff backoff = {.min_ms = 50, .max_ms = 2000};

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		assert_int_equal(backoff_next_ms(&backoff, 0), steps[i]);
}

static void test_chance_takes_up_to_half(void **state)
{
	struct backoff backoff = {.min_ms = 100, .max_ms = 100};

	assert_int_equal(backoff_next_ms(&backoff, 0), 100);
	assert_int_equal(backoff_next_ms(&backoff, UINT32_MAX), 50);
	for (uint32_t chance = 1; chance < UINT32_MAX - 1000003; chance += 1000003) {
		unsigned wait = backoff_next_ms(&backoff, chance);

		assert_in_range(wait, 50, 100);
	}
}

static void test_reset(void **state)
{
	struct backoff backoff = {.min_ms = 10, .max_ms = 1000};

	backoff_next_ms(&backoff, 0);
	backoff_next_ms(&backoff, 0);
	backoff_reset(&backoff);
	assert_int_equal(backoff_next_ms(&backoff, 0), 10);
}

static void test_no_overflow(void **state)
{
	struct backoff backoff = {.min_ms = 1, .max_ms = 3000000000u};
	unsigned last = 0;

	for (int i = 0; i < 100; i++) {
		unsigned wait = backoff_next_ms(&backoff, 0);

		assert_true(wait >= last);
		last = wait;
	}
	assert_int_equal(last, 3000000000u);
}

static void test_chances_differ(void **state)
{
	uint32_t first = backoff_chance();
	int same = 0;

	for (int i = 0; i < 8; i++)
		same += backoff_chance() == first;
	assert_true(same < 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_doubles_to_the_most),
		cmocka_unit_test(test_chance_takes_up_to_half),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_no_overflow),
		cmocka_unit_test(test_chances_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
