/* Revisions that are met again, and those that are not. */
#include "fs/request/history.h"
#include "tests/unit/mirrors.h"

static void add(struct history *history, const char *key, int64_t revision)
{
	struct etcd_event event = put_event(key, "value", revision);

	history_add(history, &event, 1);
}

static bool meet(struct history *history, const char *key, const char *value, int64_t revision)
{
	struct etcd_event event = put_event(key, value, revision);

	return history_meets(history, &event, 1);
}

static void the_same_is_met(void **state)
{
	struct history history = {0};

	(void)state;
	assert_true(history_is_met(&history));
	assert_int_equal(history_first(&history, 0), 0);
	assert_int_equal(history_last(&history), 0);
	add(&history, "a", 5);
	add(&history, "b", 6);
	add(&history, "c", 9);
	assert_true(history_is_met(&history));
	assert_int_equal(history_first(&history, 0), 5);
	assert_int_equal(history_first(&history, 6), 6);
	assert_int_equal(history_first(&history, 7), 9);
	assert_int_equal(history_first(&history, 10), 0);
	assert_int_equal(history_last(&history), 9);
	history_begin(&history, 6);
	assert_true(meet(&history, "x", "before what is compared", 5));
	assert_true(meet(&history, "b", "value", 6));
	assert_false(history_is_met(&history));
	assert_true(meet(&history, "c", "value", 9));
	assert_true(history_is_met(&history));
	assert_false(meet(&history, "d", "value", 10));
	history_begin(&history, 10);
	assert_true(history_is_met(&history));
}

static void another_is_not(void **state)
{
	struct history history = {0};
	struct etcd_event gone = delete_event("a", 5), two[] = {put_event("a", "value", 5), gone};

	(void)state;
	add(&history, "a", 5);
	history_begin(&history, 5);
	assert_false(meet(&history, "b", "value", 5));
	assert_false(meet(&history, "a", "other", 5));
	assert_false(meet(&history, "a", "value, and more of it", 5));
	assert_false(meet(&history, "a", "value", 6));
	assert_false(history_meets(&history, &gone, 1));
	assert_false(history_meets(&history, two, 2));
	two[0].kv.version = 2;
	assert_false(history_meets(&history, two, 1));
	two[0].kv.version = 1;
	two[0].kv.lease = 7;
	assert_false(history_meets(&history, two, 1));
	two[0].kv.lease = 0;
	two[0].kv.create_revision = 4;
	assert_false(history_meets(&history, two, 1));
	assert_true(meet(&history, "a", "value", 5));
}

/* Only the last ones are known. */
static void it_forgets(void **state)
{
	struct history history = {0};
	int64_t last = 10 * HISTORY_LENGTH + 7, first = last - HISTORY_LENGTH + 1;

	(void)state;
	for (int64_t revision = 1; revision <= last; revision++)
		add(&history, "k", revision);
	assert_int_equal(history_first(&history, 0), first);
	assert_int_equal(history_first(&history, first + 1), first + 1);
	history_begin(&history, 1);
	for (int64_t revision = 1; revision <= last; revision++) {
		assert_false(history_is_met(&history));
		assert_true(meet(&history, "k", "value", revision));
	}
	assert_true(history_is_met(&history));
	add(&history, "k", last + 1);
	assert_true(history_is_met(&history));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_is_met),
		cmocka_unit_test(another_is_not),
		cmocka_unit_test(it_forgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
