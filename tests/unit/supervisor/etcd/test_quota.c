/* What is done when etcd's database is full. */
#include "supervisor/etcd/quota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char *const full[] = {"etcdserver: no leader", "memberID:7 alarm:NOSPACE "};
static struct quota quota = {.limit = 1000, .compacted = 5, .counts = 5};

static enum quota_step step(bool leads, int64_t size, int64_t in_use, int64_t revision)
{
	struct etcd_header header = {.member_id = 1, .revision = revision};
	struct etcd_status status = {.leader = leads ? 1 : 2,
		.db_size = size,
		.db_size_in_use = in_use,
		.errors = full,
		.n_errors = 2};

	return quota_step(&quota, &header, &status);
}

static void test_the_steps(void **state)
{
	(void)state;
	assert_int_equal(step(true, 1000, 1000, 6), QUOTA_COMPACT);
	assert_int_equal(step(true, 1000, 1000, 5), QUOTA_NOTHING); /* nothing was deleted since */
	assert_int_equal(step(true, 1000, 800, 6), QUOTA_COMPACT);
	assert_int_equal(step(true, 1000, 799, 6), QUOTA_DEFRAGMENT);
	assert_int_equal(step(true, 800, 700, 6), QUOTA_DEFRAGMENT);
	assert_int_equal(step(true, 799, 700, 6), QUOTA_DISARM);
}

static void test_what_a_compaction_frees_is_counted(void **state)
{
	(void)state;
	quota.counts = 4;
	assert_int_equal(step(true, 1000, 1000, 6), QUOTA_COMPACT);
	assert_int_equal(step(true, 1000, 1000, 5), QUOTA_COUNT);
	assert_int_equal(step(true, 1000, 799, 5), QUOTA_DEFRAGMENT);
	assert_int_equal(step(true, 799, 799, 5), QUOTA_DISARM);
	assert_int_equal(step(false, 1000, 1000, 5), QUOTA_NOTHING);
	quota.counts = 5;
}

static void test_a_follower_has_its_own_file_alone(void **state)
{
	(void)state;
	assert_int_equal(step(false, 1000, 1000, 6), QUOTA_NOTHING);
	assert_int_equal(step(false, 1000, 100, 6), QUOTA_DEFRAGMENT);
	assert_int_equal(step(false, 100, 100, 6), QUOTA_NOTHING);
}

static void test_nothing_without_an_alarm_or_a_quota(void **state)
{
	struct etcd_header header = {.member_id = 1, .revision = 6};
	struct etcd_status status = {
		.leader = 1, .db_size = 1000, .db_size_in_use = 1, .errors = full, .n_errors = 1};
	struct quota none = {.limit = 0};

	(void)state;
	assert_int_equal(quota_step(&quota, &header, &status), QUOTA_NOTHING);
	status.n_errors = 2;
	assert_int_equal(quota_step(&quota, &header, &status), QUOTA_DEFRAGMENT);
	assert_int_equal(quota_step(&none, &header, &status), QUOTA_NOTHING);
	status.leader = 0;
	status.db_size = 1;
	assert_int_equal(quota_step(&quota, &header, &status), QUOTA_NOTHING);
}

static void test_the_words_of_a_status(void **state)
{
	(void)state;
	assert_int_equal(quota_alarm_member("memberID:7 alarm:NOSPACE "), 7);
	assert_true(quota_alarm_member("memberID:18249187646912138824 alarm:NOSPACE ") ==
		    18249187646912138824U);
	assert_int_equal(quota_alarm_member("memberID:7 alarm:CORRUPT "), 0);
	assert_int_equal(quota_alarm_member("etcdserver: no leader"), 0);
	assert_int_equal(quota_alarm_member(""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_steps),
		cmocka_unit_test(test_what_a_compaction_frees_is_counted),
		cmocka_unit_test(test_a_follower_has_its_own_file_alone),
		cmocka_unit_test(test_nothing_without_an_alarm_or_a_quota),
		cmocka_unit_test(test_the_words_of_a_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
