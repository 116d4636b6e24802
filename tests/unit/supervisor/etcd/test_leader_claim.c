/* For how long a leader's word holds: the arithmetic of the lease, on a time of the test's own.
 * Statements: 102. */
#include "supervisor/etcd/leader_claim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ELECTION_MS 1000
#define TICK_MS 100

static struct leader_claim default_claim(void)
{
	struct leader_claim claim;

	leader_claim_init(&claim, ELECTION_MS, TICK_MS);
	return claim;
}

static void test_nothing_holds_without_a_proof(void **state)
{
	struct leader_claim claim = default_claim();

	assert_int_equal(leader_claim_left_ms(&claim, 1, 0), 0);
	assert_int_equal(leader_claim_left_ms(&claim, 1, 1000000), 0);
	assert_int_equal(leader_claim_left_ms(&claim, 0, 0), 0);
	assert_int_equal(leader_claim_end_ms(&claim, 1), 0);
	assert_int_equal(leader_claim_end_ms(&claim, 0), 0);
}

static void test_a_proof_holds_for_the_limit(void **state)
{
	struct leader_claim claim = default_claim();

	assert_true(leader_claim_prove(&claim, 7, 7, 5000));
	assert_int_equal(leader_claim_end_ms(&claim, 7), 5000 + claim.limit_ms);
	assert_int_equal(leader_claim_left_ms(&claim, 7, 5000), claim.limit_ms);
	assert_int_equal(leader_claim_left_ms(&claim, 7, 5000 + claim.limit_ms - 1), 1);
	assert_int_equal(leader_claim_left_ms(&claim, 7, 5000 + claim.limit_ms), 0);
	assert_int_equal(leader_claim_left_ms(&claim, 7, 500000), 0);
}

/* Right after the machine's start, too. */
static void test_a_proof_at_zero(void **state)
{
	struct leader_claim claim = default_claim();

	assert_true(leader_claim_prove(&claim, 1, 1, 0));
	assert_int_equal(leader_claim_left_ms(&claim, 1, 0), claim.limit_ms);
}

static void test_the_latest_proof_counts(void **state)
{
	struct leader_claim claim = default_claim();

	leader_claim_prove(&claim, 7, 7, 5000);
	leader_claim_prove(&claim, 7, 7, 6000);
	leader_claim_prove(&claim, 7, 7, 5500); /* an answer that came late */
	assert_int_equal(leader_claim_left_ms(&claim, 7, 6000), claim.limit_ms);
}

/* Asked while it led 7; answered by the leader of 8, which may be anybody. */
static void test_an_answer_of_another_term_proves_nothing(void **state)
{
	struct leader_claim claim = default_claim();

	assert_false(leader_claim_prove(&claim, 7, 8, 5000));
	assert_int_equal(leader_claim_left_ms(&claim, 7, 5000), 0);
	assert_int_equal(leader_claim_left_ms(&claim, 8, 5000), 0);
	assert_false(leader_claim_prove(&claim, 0, 0, 5000));
	assert_false(leader_claim_prove(&claim, 0, 8, 5000));
	leader_claim_prove(&claim, 7, 7, 5000);
	assert_false(leader_claim_prove(&claim, 7, 9, 5900));
	assert_int_equal(leader_claim_end_ms(&claim, 7), 5000 + claim.limit_ms);
}

/* Who leads anew begins anew, and a late answer of the term before takes nothing back. */
static void test_a_proof_is_of_its_term(void **state)
{
	struct leader_claim claim = default_claim();

	leader_claim_prove(&claim, 7, 7, 5000);
	assert_int_equal(leader_claim_left_ms(&claim, 9, 5001), 0);
	assert_true(leader_claim_prove(&claim, 9, 9, 5010));
	assert_int_equal(leader_claim_left_ms(&claim, 9, 5010), claim.limit_ms);
	assert_int_equal(leader_claim_left_ms(&claim, 7, 5010), 0);
	leader_claim_prove(&claim, 7, 7, 5020);
	assert_int_equal(leader_claim_left_ms(&claim, 9, 5010), claim.limit_ms);
	assert_int_equal(leader_claim_left_ms(&claim, 7, 5010), 0);
}

/* When a follower that heard from the leader at 0 can first vote for another: with the tick that
 * makes it a whole election timeout. @one_is_late: the tick before 0 is counted after it;
 * @first_ms: when the next is due; @fast: by how many thousandths its clock is too fast. */
static int64_t votes_at_ms(
	int64_t election_ms, int64_t tick_ms, bool one_is_late, int64_t first_ms, int64_t fast)
{
	int64_t ticks = election_ms / tick_ms - one_is_late;

	return (first_ms + (ticks - 1) * tick_ms) * 1000 / (1000 + fast);
}

static void test_ends_before_another_is_elected(void **state)
{
	static const int64_t times[][2] = {{1000, 100}, {5000, 500}, {50, 10}, {1000, 200},
		{250, 50}, {1050, 100}, {500, 10}, {50000, 100}, {50000, 10000}, {999, 199}};
	struct leader_claim claim;
	size_t i;

	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		leader_claim_init(&claim, times[i][0], times[i][1]);
		assert_in_range(
			claim.limit_ms, 1, votes_at_ms(times[i][0], times[i][1], true, 0, 10));
		/* And not much sooner than it must. */
		assert_true(claim.limit_ms >= votes_at_ms(times[i][0], times[i][1], true, 0, 40));
	}
	/* What was promised before: the vote may be given while the old leader's word holds. */
	assert_true(1300 > votes_at_ms(1000, 100, false, 0, 0));
}

/* Whatever etcd would refuse to begin with. */
static void test_odd_times(void **state)
{
	struct leader_claim claim;

	leader_claim_init(&claim, 1, 0);
	assert_int_equal(claim.limit_ms, 1);
	leader_claim_init(&claim, 100, 1000);
	assert_int_equal(claim.limit_ms, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_holds_without_a_proof),
		cmocka_unit_test(test_a_proof_holds_for_the_limit),
		cmocka_unit_test(test_a_proof_at_zero),
		cmocka_unit_test(test_the_latest_proof_counts),
		cmocka_unit_test(test_an_answer_of_another_term_proves_nothing),
		cmocka_unit_test(test_a_proof_is_of_its_term),
		cmocka_unit_test(test_ends_before_another_is_elected),
		cmocka_unit_test(test_odd_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
