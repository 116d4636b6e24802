/* For how long a leader's word holds. */
#include "supervisor/claim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_nothing_holds_without_a_proof(void **state)
{
	struct claim claim;

	claim_init(&claim, 1000);
	assert_int_equal(claim_left_ms(&claim, 0), 0);
	assert_int_equal(claim_left_ms(&claim, 1000000), 0);
}

static void test_a_proof_holds_for_the_limit(void **state)
{
	struct claim claim;

	claim_init(&claim, 1000);
	claim_prove(&claim, 5000);
	assert_int_equal(claim_left_ms(&claim, 5000), claim.limit_ms);
	assert_int_equal(claim_left_ms(&claim, 5000 + claim.limit_ms - 1), 1);
	assert_int_equal(claim_left_ms(&claim, 5000 + claim.limit_ms), 0);
	assert_int_equal(claim_left_ms(&claim, 500000), 0);
}

static void test_the_latest_proof_counts(void **state)
{
	struct claim claim;

	claim_init(&claim, 1000);
	claim_prove(&claim, 5000);
	claim_prove(&claim, 6000);
	claim_prove(&claim, 5500); /* an answer that came late */
	assert_int_equal(claim_left_ms(&claim, 6000), claim.limit_ms);
}

static void test_below_one_and_a_half_elections(void **state)
{
	static const int64_t elections_ms[] = {10, 50, 200, 1000, 5000, 50000};
	struct claim claim;
	size_t i;

	for (i = 0; i < sizeof(elections_ms) / sizeof(elections_ms[0]); i++) {
		claim_init(&claim, elections_ms[i]);
		assert_in_range(claim.limit_ms, elections_ms[i], elections_ms[i] * 3 / 2 - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_holds_without_a_proof),
		cmocka_unit_test(test_a_proof_holds_for_the_limit),
		cmocka_unit_test(test_the_latest_proof_counts),
		cmocka_unit_test(test_below_one_and_a_half_elections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
