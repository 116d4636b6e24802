/* When a child that died is started again.
 * Statements: 153. */
#include "supervisor/process/restart_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_never_ready_is_a_failure_to_start(void **state)
{
	struct restart_policy policy = {0};
	int delay = -1;

	restart_policy_started(&policy);
	assert_int_equal(restart_policy_died(&policy, 0, 0, &delay), RESTART_E_GIVE_UP);
	assert_int_equal(delay, -1);
}

static void test_ready_once_is_enough(void **state)
{
	struct restart_policy policy = {0};
	int delay;

	restart_policy_started(&policy);
	restart_policy_ready(&policy, 0);
	assert_int_equal(restart_policy_died(&policy, 1, 0, &delay), 0);
	restart_policy_started(&policy);
	assert_int_equal(restart_policy_died(&policy, 2, 0, &delay), 0);
}

static void test_kept_without_being_ready(void **state)
{
	struct restart_policy policy = {0};
	int delay;

	restart_policy_started(&policy);
	restart_policy_keep(&policy);
	assert_int_equal(restart_policy_died(&policy, 1, 0, &delay), 0);
	assert_int_equal(delay, RESTART_MIN_MS);
}

static void test_backoff_doubles_up_to_the_most(void **state)
{
	struct restart_policy policy = {.proven = true};
	int expected = RESTART_MIN_MS, delay, i;

	for (i = 0; i < 40; i++) {
		restart_policy_started(&policy);
		assert_int_equal(restart_policy_died(&policy, i, 0, &delay), 0);
		assert_int_equal(delay, expected);
		expected = expected * 2 < RESTART_MAX_MS ? expected * 2 : RESTART_MAX_MS;
	}
	assert_int_equal(delay, RESTART_MAX_MS);
}

static void test_jitter_stays_in_its_bounds(void **state)
{
	uint32_t dice;
	int delay, least = RESTART_MIN_MS, most = 0;

	for (dice = 0; dice < 1000; dice++) {
		struct restart_policy policy = {.proven = true};

		assert_int_equal(restart_policy_died(&policy, 0, dice * 2654435761U, &delay), 0);
		least = delay < least ? delay : least;
		most = delay > most ? delay : most;
	}
	assert_int_equal(least, RESTART_MIN_MS * 3 / 4);
	assert_int_equal(most, RESTART_MIN_MS);
}

static int delay_after(struct restart_policy *policy, int64_t ready_ms, int64_t died_ms)
{
	int delay;

	restart_policy_started(policy);
	restart_policy_ready(policy, ready_ms);
	assert_int_equal(restart_policy_died(policy, died_ms, 0, &delay), 0);
	return delay;
}

static void test_health_resets(void **state)
{
	struct restart_policy policy = {0};

	assert_int_equal(delay_after(&policy, 0, 10), 100);
	assert_int_equal(delay_after(&policy, 100, 110), 200);
	assert_int_equal(delay_after(&policy, 1000, 1000 + RESTART_HEALTHY_MS - 1), 400);
	assert_int_equal(delay_after(&policy, 100000, 100000 + RESTART_HEALTHY_MS), 100);
	assert_int_equal(delay_after(&policy, 200000, 200001), 200);
}

static void test_ready_counts_from_the_first_time(void **state)
{
	struct restart_policy policy = {.failures = 5};
	int delay;

	restart_policy_started(&policy);
	restart_policy_ready(&policy, 0);
	restart_policy_ready(&policy, RESTART_HEALTHY_MS - 1); /* told again with every answer */
	assert_int_equal(restart_policy_died(&policy, RESTART_HEALTHY_MS, 0, &delay), 0);
	assert_int_equal(delay, RESTART_MIN_MS);
}

/* Those of 100, 200, 400 and 800 ms are told, and then one a minute. */
static void test_what_dies_again_and_again_is_told_now_and_then(void **state)
{
	struct restart_policy policy = {.proven = true};
	int64_t now = 1000, last = 0;
	int delay, i, told = 0;

	for (i = 0; i < 100; i++, now += 1000) {
		restart_policy_started(&policy);
		assert_int_equal(restart_policy_died(&policy, now, 0, &delay), 0);
		if (!restart_policy_tells(&policy, now))
			continue;
		told++;
		last = now;
	}
	assert_int_equal(told, 5);
	assert_int_equal(last, 1000 + 3 * 1000 + RESTART_TELL_MS);
	restart_policy_ready(&policy, now);
	assert_int_equal(restart_policy_died(&policy, now, 0, &delay), 0);
	assert_true(restart_policy_tells(&policy, now));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_never_ready_is_a_failure_to_start),
		cmocka_unit_test(test_ready_once_is_enough),
		cmocka_unit_test(test_kept_without_being_ready),
		cmocka_unit_test(test_backoff_doubles_up_to_the_most),
		cmocka_unit_test(test_what_dies_again_and_again_is_told_now_and_then),
		cmocka_unit_test(test_jitter_stays_in_its_bounds),
		cmocka_unit_test(test_health_resets),
		cmocka_unit_test(test_ready_counts_from_the_first_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
