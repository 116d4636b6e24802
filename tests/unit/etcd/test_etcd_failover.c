/* Several endpoints: the next one when a connection is lost, refused, silent or without a leader.

 * Statements: 91. */
#include "tests/lib/fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct pair {
	char dir[64];
	struct fake_etcd *a, *b;
	struct client client;
};

static int setup(void **state)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	char a[80], b[80], endpoints[200];

	if (!pair)
		return -1;
	client_mkdir(pair->dir);
	snprintf(a, sizeof(a), "%s/a", pair->dir);
	snprintf(b, sizeof(b), "%s/b", pair->dir);
	snprintf(endpoints, sizeof(endpoints), "unix://%s,unix://%s", a, b);
	pair->a = fake_etcd_new(a, 0);
	pair->b = fake_etcd_new(b, 0);
	client_open(&pair->client, endpoints);
	*state = pair;
	return 0;
}

static int teardown(void **state)
{
	struct pair *pair = *state;

	client_close(&pair->client);
	fake_etcd_free(pair->a);
	fake_etcd_free(pair->b);
	client_rmdir(pair->dir);
	free(pair);
	return 0;
}

static void test_first_one_first(void **state)
{
	struct pair *pair = *state;
	struct ending ending;

	client_range(&pair->client, 5000, &ending);
	assert_int_equal(ending.error, 0);
	assert_int_equal(fake_etcd_requests(pair->a), 1);
	assert_int_equal(fake_etcd_leaders(pair->a), 1);
	assert_int_equal(fake_etcd_accepted(pair->b), 0);
}

static void test_first_one_is_down(void **state)
{
	struct pair *pair = *state;
	struct ending ending;

	fake_etcd_stop(pair->a);
	client_range(&pair->client, 5000, &ending);
	assert_int_equal(ending.error, 0);
	assert_int_equal(fake_etcd_requests(pair->b), 1);
	assert_int_equal(pair->client.n_up, 1);
	assert_int_equal(pair->client.n_down, 0);
}

static void test_lost_and_found_again(void **state)
{
	struct pair *pair = *state;
	struct ending ending;

	client_wait(&pair->client, &pair->client.n_up, 1);
	for (unsigned i = 1; i <= 6; i++) {
		struct fake_etcd *from = i % 2 ? pair->a : pair->b;
		struct fake_etcd *to = i % 2 ? pair->b : pair->a;
		unsigned before = fake_etcd_requests(to);

		fake_etcd_stop(from);
		client_wait(&pair->client, &pair->client.n_up, i + 1);
		client_put(&pair->client, "k", "v", &ending);
		assert_int_equal(ending.error, 0);
		assert_int_equal(fake_etcd_requests(to), before + 1);
		fake_etcd_start(from);
	}
	assert_int_equal(pair->client.n_down, 6);
}

/* What was under way: a read is asked of the next one, a change may have happened. */
static void test_under_way(void **state)
{
	const struct fake_answer nothing[] = {{.end = FAKE_NEVER}, {.end = FAKE_NEVER}};
	const struct etcd_range key = {.key = BYTES_LITERAL("key")};
	struct ending read = {0}, change = {0};
	struct pair *pair = *state;
	struct etcd *etcd = pair->client.etcd;

	fake_etcd_script(pair->a, nothing, 2);
	client_wait(&pair->client, &pair->client.n_up, 1);
	assert_int_equal(etcd_range(etcd, &key, 5000, ending_note, &read, NULL), 0);
	assert_int_equal(put_one(etcd, key.key, key.key, 5000, ending_note, &change, NULL), 0);
	client_dispatch_for(&pair->client, 50);
	assert_true(fake_etcd_wait_requests(pair->a, 2));
	fake_etcd_stop(pair->a);
	client_wait(&pair->client, &read.count, 1);
	client_wait(&pair->client, &change.count, 1);
	assert_int_equal(read.error, 0);
	assert_int_equal(change.error, ETCD_E_UNKNOWN);
	assert_int_equal(fake_etcd_requests(pair->b), 1);
}

/* Connections stand and nothing comes: a process that is stopped, a machine that is gone. */
static void test_silent_one(void **state)
{
	struct fake_answer nothing[100];
	struct pair *pair = *state;
	struct ending ending;

	for (size_t i = 0; i < 100; i++)
		nothing[i] = (struct fake_answer){.end = FAKE_NEVER};
	fake_etcd_script(pair->a, nothing, 100);
	client_range(&pair->client, 9000, &ending);
	assert_int_equal(ending.error, 0);
	assert_int_equal(pair->client.n_down, 1);
	assert_true(fake_etcd_requests(pair->b) >= 1);
}

/* A slow answer is no silence: the member still says its status. */
static void test_slow_one(void **state)
{
	const struct fake_answer slow[] = {{.data = EMPTY, .delay_ms = 4500}};
	struct pair *pair = *state;
	struct ending ending;

	fake_etcd_script(pair->a, slow, 1);
	client_range(&pair->client, 9000, &ending);
	assert_int_equal(ending.error, 0);
	assert_int_equal(pair->client.n_down, 0);
	assert_int_equal(fake_etcd_accepted(pair->b), 0);
}

/* One without a leader is passed over; when there is none but such, one is taken all the same. */
static void test_no_leader(void **state)
{
	struct pair *pair = *state;
	struct ending ending;

	fake_etcd_set_anchor(pair->a, FAKE_ANCHOR_REFUSED);
	client_range(&pair->client, 5000, &ending);
	assert_int_equal(ending.error, 0);
	assert_int_equal(fake_etcd_requests(pair->a), 0);
	fake_etcd_set_anchor(pair->b, FAKE_ANCHOR_REFUSED);
	fake_etcd_drop(pair->b);
	client_wait(&pair->client, &pair->client.n_up, 2);
	client_range(&pair->client, 5000, &ending);
	assert_int_equal(ending.error, 0);
}

#define PAIR_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAIR_TEST(test_first_one_first),
		PAIR_TEST(test_first_one_is_down),
		PAIR_TEST(test_lost_and_found_again),
		PAIR_TEST(test_under_way),
		PAIR_TEST(test_silent_one),
		PAIR_TEST(test_slow_one),
		PAIR_TEST(test_no_leader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
