/* The one connection: made, refused, lost, made again; and what becomes of what waits for it. */
#include "fs/base/clock.h"
#include "tests/lib/fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct etcd_range key = {.key = {(const uint8_t *)"key", 3}};

static void range(struct fixture *fixture, int timeout_ms, struct ending *ending, uint64_t *ret_id)
{
	*ending = (struct ending){0};
	assert_int_equal(
		etcd_range(fixture->client.etcd, &key, timeout_ms, ending_note, ending, ret_id), 0);
}

static void put(struct fixture *fixture, int timeout_ms, struct ending *ending, uint64_t *ret_id)
{
	*ending = (struct ending){0};
	assert_int_equal(put_one(fixture->client.etcd, key.key, key.key, timeout_ms, ending_note,
				 ending, ret_id),
		0);
}

static void test_connects_without_a_request(void **state)
{
	struct fixture *fixture = *state;

	client_wait(&fixture->client, &fixture->client.n_up, 1);
	assert_int_equal(fake_etcd_accepted(fixture->fake), 1);
	assert_int_equal(fake_etcd_anchors(fixture->fake), 1);
	assert_int_equal(fake_etcd_leaders(fixture->fake), 0);
	assert_int_equal(fake_etcd_requests(fixture->fake), 0);
	assert_int_equal(fixture->client.n_down, 0);
}

static void test_one_connection_for_many_calls(void **state)
{
	enum { COUNT = 3000 };
	struct fixture *fixture = *state;
	struct ending *endings = calloc(COUNT, sizeof(*endings));

	assert_non_null(endings);
	for (int i = 0; i < COUNT; i++)
		range(fixture, 10000, &endings[i], NULL);
	for (int i = 0; i < COUNT; i++) {
		client_wait(&fixture->client, &endings[i].count, 1);
		assert_int_equal(endings[i].error, 0);
	}
	assert_string_equal(fixture->client.reason, "");
	assert_int_equal(fixture->client.n_down, 0);
	assert_int_equal(fake_etcd_accepted(fixture->fake), 1);
	assert_int_equal(fake_etcd_requests(fixture->fake), COUNT);
	free(endings);
}

static void test_never_connected(void **state)
{
	struct fixture *fixture = *state;
	struct ending read, change;

	fake_etcd_stop(fixture->fake);
	range(fixture, 200, &read, NULL);
	put(fixture, 200, &change, NULL);
	client_wait(&fixture->client, &read.count, 1);
	client_wait(&fixture->client, &change.count, 1);
	assert_int_equal(read.error, -ETIMEDOUT);
	assert_int_equal(change.error, -ETIMEDOUT);
	assert_string_not_equal(change.message, "");
	assert_int_equal(fixture->client.n_up, 0);
	assert_int_equal(fixture->client.n_down, 0);
}

static void test_refused_for_a_while(void **state)
{
	struct fixture *fixture = *state;
	struct ending change;

	fake_etcd_stop(fixture->fake);
	put(fixture, 5000, &change, NULL);
	client_dispatch_for(&fixture->client, 300);
	assert_int_equal(change.count, 0);
	fake_etcd_start(fixture->fake);
	client_wait(&fixture->client, &change.count, 1);
	assert_int_equal(change.error, 0);
	assert_int_equal(fake_etcd_requests(fixture->fake), 1);
}

/* Accepted and never answered: not connected, so nothing is sent, and a change is refused. */
static void test_silent_server(void **state)
{
	struct fixture *fixture = *state;
	struct ending change;

	fake_etcd_set_anchor(fixture->fake, FAKE_ANCHOR_SILENT);
	put(fixture, 300, &change, NULL);
	client_wait(&fixture->client, &change.count, 1);
	assert_int_equal(change.error, -ETIMEDOUT);
	assert_int_equal(fake_etcd_requests(fixture->fake), 0);
	assert_int_equal(fixture->client.n_up, 0);
	fake_etcd_set_anchor(fixture->fake, FAKE_ANCHOR_ANSWERED);
	put(fixture, 8000, &change, NULL);
	client_wait(&fixture->client, &change.count, 1);
	assert_int_equal(change.error, 0);
	assert_in_range(fake_etcd_accepted(fixture->fake), 2, 4);
}

/* A learner has no watches, but it answers. */
static void test_anchor_refused(void **state)
{
	struct fixture *fixture = *state;
	struct ending ending;

	fake_etcd_set_anchor(fixture->fake, FAKE_ANCHOR_REFUSED);
	client_range(&fixture->client, 5000, &ending);
	assert_int_equal(ending.error, 0);
	assert_int_equal(fixture->client.n_up, 1);
	fake_etcd_set_anchor(fixture->fake, FAKE_ANCHOR_ANSWERED);
	client_dispatch_for(&fixture->client, 2300);
	assert_int_equal(fake_etcd_anchors(fixture->fake), 2);
	assert_int_equal(fake_etcd_accepted(fixture->fake), 1);
	assert_int_equal(fixture->client.n_down, 0);
	fake_etcd_drop(fixture->fake);
	client_wait(&fixture->client, &fixture->client.n_down, 1);
	client_wait(&fixture->client, &fixture->client.n_up, 2);
}

static void test_loss_is_told_and_mended(void **state)
{
	struct fixture *fixture = *state;
	struct ending ending;

	client_wait(&fixture->client, &fixture->client.n_up, 1);
	for (unsigned i = 1; i <= 3; i++) {
		fake_etcd_drop(fixture->fake);
		client_wait(&fixture->client, &fixture->client.n_down, i);
		assert_string_not_equal(fixture->client.reason, "");
		client_wait(&fixture->client, &fixture->client.n_up, i + 1);
		client_range(&fixture->client, 5000, &ending);
		assert_int_equal(ending.error, 0);
		assert_int_equal(fake_etcd_accepted(fixture->fake), i + 1);
	}
}

/* A read and a change that have been sent, and are never answered. */
static void fly(struct fixture *fixture, struct ending *read, struct ending *change)
{
	static const struct fake_answer never[] = {{.end = FAKE_NEVER}, {.end = FAKE_NEVER}};

	fake_etcd_script(fixture->fake, never, 2);
	range(fixture, 5000, read, NULL);
	put(fixture, 5000, change, NULL);
	client_wait(&fixture->client, &fixture->client.n_up, 1);
	client_dispatch_for(&fixture->client, 50);
	assert_true(fake_etcd_wait_requests(fixture->fake, 2));
}

static void test_loss_with_calls_in_flight(void **state)
{
	struct fixture *fixture = *state;
	struct ending read, change, later;

	fly(fixture, &read, &change);
	fake_etcd_stop(fixture->fake);
	client_wait(&fixture->client, &change.count, 1);
	assert_int_equal(change.error, ETCD_E_UNKNOWN);
	assert_int_equal(read.count, 0);
	put(fixture, 5000, &later, NULL);
	fake_etcd_start(fixture->fake);
	client_wait(&fixture->client, &read.count, 1);
	client_wait(&fixture->client, &later.count, 1);
	assert_int_equal(read.error, 0);
	assert_int_equal(later.error, 0);
	assert_int_equal(fake_etcd_requests(fixture->fake), 4);
}

/* The server takes no new requests, and answers the old ones: nothing is lost or sent twice. */
static void test_goaway(void **state)
{
	const struct fake_answer answers[] = {
		{.end = FAKE_GOAWAY, .data = EMPTY, .delay_ms = 50}, {.data = EMPTY}};
	struct fixture *fixture = *state;
	struct ending first, second, third;

	fake_etcd_script(fixture->fake, answers, 2);
	put(fixture, 5000, &first, NULL);
	client_wait(&fixture->client, &first.count, 1);
	assert_true(first.error == 0 || first.error == ETCD_E_UNKNOWN);
	put(fixture, 5000, &second, NULL);
	put(fixture, 5000, &third, NULL);
	client_wait(&fixture->client, &second.count, 1);
	client_wait(&fixture->client, &third.count, 1);
	assert_int_equal(second.error, 0);
	assert_int_equal(third.error, 0);
	assert_int_equal(fake_etcd_requests(fixture->fake), 3);
	assert_int_equal(fake_etcd_accepted(fixture->fake), 2);
}

/* More calls than the server takes at a time: each is sent once, on the one connection. */
static void test_stream_limit(void **state)
{
	enum { COUNT = 50 };
	struct fixture *fixture = *state;
	struct ending endings[COUNT];

	client_wait(&fixture->client, &fixture->client.n_up, 1);
	for (int i = 0; i < COUNT; i++)
		put(fixture, 10000, &endings[i], NULL);
	for (int i = 0; i < COUNT; i++) {
		client_wait(&fixture->client, &endings[i].count, 1);
		assert_int_equal(endings[i].error, 0);
	}
	assert_int_equal(fake_etcd_requests(fixture->fake), COUNT);
	assert_int_equal(fake_etcd_accepted(fixture->fake), 1);
	assert_int_equal(fixture->client.n_down, 0);
}

/* --- Cancel and free ---------------------------------------------------------------------- */

static void test_cancel_before_dispatch(void **state)
{
	struct fixture *fixture = *state;
	struct ending read, change;
	uint64_t read_id, change_id;

	range(fixture, 5000, &read, &read_id);
	put(fixture, 5000, &change, &change_id);
	assert_true(read_id && change_id && read_id != change_id);
	etcd_cancel(fixture->client.etcd, read_id);
	etcd_cancel(fixture->client.etcd, change_id);
	etcd_cancel(fixture->client.etcd, change_id);
	assert_int_equal(read.count + change.count, 0);
	client_wait(&fixture->client, &read.count, 1);
	client_wait(&fixture->client, &change.count, 1);
	assert_int_equal(read.error, -ECANCELED);
	assert_int_equal(change.error, -ECANCELED);
	client_wait(&fixture->client, &fixture->client.n_up, 1);
	assert_int_equal(fake_etcd_requests(fixture->fake), 0);
}

static void test_cancel_while_queued(void **state)
{
	struct fixture *fixture = *state;
	struct ending change;
	uint64_t id;

	fake_etcd_stop(fixture->fake);
	put(fixture, 5000, &change, &id);
	client_dispatch_for(&fixture->client, 100);
	etcd_cancel(fixture->client.etcd, id);
	client_wait(&fixture->client, &change.count, 1);
	assert_int_equal(change.error, -ECANCELED);
}

static void test_cancel_in_flight(void **state)
{
	const struct fake_answer never[] = {{.end = FAKE_NEVER}, {.end = FAKE_OPEN}};
	struct fixture *fixture = *state;
	struct ending read, change, after;
	uint64_t read_id, change_id;

	fake_etcd_script(fixture->fake, never, 2);
	range(fixture, 5000, &read, &read_id);
	put(fixture, 5000, &change, &change_id);
	client_wait(&fixture->client, &fixture->client.n_up, 1);
	client_dispatch_for(&fixture->client, 50);
	assert_true(fake_etcd_wait_requests(fixture->fake, 2));
	etcd_cancel(fixture->client.etcd, change_id);
	etcd_cancel(fixture->client.etcd, read_id);
	client_wait(&fixture->client, &read.count, 1);
	client_wait(&fixture->client, &change.count, 1);
	assert_int_equal(read.error, -ECANCELED);
	assert_int_equal(change.error, ETCD_E_UNKNOWN);
	client_range(&fixture->client, 5000, &after);
	assert_int_equal(after.error, 0);
	assert_int_equal(fake_etcd_accepted(fixture->fake), 1);
	assert_int_equal(read.count, 1);
	assert_int_equal(change.count, 1);
}

static void test_cancel_in_a_pause(void **state)
{
	const struct fake_answer down[] = {{.end = FAKE_STATUS_ONLY, .code = 14},
		{.end = FAKE_STATUS_ONLY, .code = 14}, {.end = FAKE_STATUS_ONLY, .code = 14},
		{.end = FAKE_STATUS_ONLY, .code = 14}, {.end = FAKE_STATUS_ONLY, .code = 14}};
	struct fixture *fixture = *state;
	struct ending read;
	uint64_t id;

	fake_etcd_script(fixture->fake, down, 5);
	range(fixture, 5000, &read, &id);
	client_wait(&fixture->client, &fixture->client.n_up, 1);
	client_dispatch_for(&fixture->client, 60);
	etcd_cancel(fixture->client.etcd, id);
	client_wait(&fixture->client, &read.count, 1);
	assert_int_equal(read.error, -ECANCELED);
	assert_in_range(fake_etcd_requests(fixture->fake), 1, 4);
}

static void test_cancel_of_what_is_over(void **state)
{
	struct fixture *fixture = *state;
	struct ending read, again;
	uint64_t id;

	range(fixture, 5000, &read, &id);
	client_wait(&fixture->client, &read.count, 1);
	etcd_cancel(fixture->client.etcd, id);
	etcd_cancel(fixture->client.etcd, 0);
	etcd_cancel(fixture->client.etcd, id + 1);
	client_range(&fixture->client, 5000, &again);
	assert_int_equal(again.error, 0);
	assert_int_equal(read.count, 1);
}

/* One posted, one queued, one in flight. */
static void test_free_with_calls_outstanding(void **state)
{
	struct fixture *fixture = *state;
	struct ending read, change, posted;

	fly(fixture, &read, &change);
	put(fixture, 5000, &posted, NULL);
	client_close(&fixture->client);
	assert_int_equal(read.count, 1);
	assert_int_equal(change.count, 1);
	assert_int_equal(posted.count, 1);
	assert_int_equal(read.error, -ECANCELED);
	assert_int_equal(change.error, ETCD_E_UNKNOWN);
	assert_int_equal(posted.error, -ECANCELED);
}

static void test_free_while_queued(void **state)
{
	struct fixture *fixture = *state;
	struct ending change;

	fake_etcd_stop(fixture->fake);
	put(fixture, 5000, &change, NULL);
	client_dispatch_for(&fixture->client, 50);
	client_close(&fixture->client);
	assert_int_equal(change.count, 1);
	assert_int_equal(change.error, -ECANCELED);
}

struct chain {
	struct etcd *etcd;
	unsigned left, refused;
};

static void chain_next(void *arg, int error, const struct etcd_reply *reply)
{
	struct chain *chain = arg;

	if (chain->left-- > 1 && etcd_range(chain->etcd, &key, 5000, chain_next, chain, NULL) < 0)
		chain->refused++;
}

/* A callback may ask again; while the client is freed that is refused, and nothing loops. */
static void test_requests_from_callbacks(void **state)
{
	const struct fake_answer never = {.end = FAKE_NEVER};
	struct fixture *fixture = *state;
	struct chain chain = {.etcd = fixture->client.etcd, .left = 500};
	struct ending ending;

	etcd_range(fixture->client.etcd, &key, 5000, chain_next, &chain, NULL);
	while (chain.left)
		client_dispatch_for(&fixture->client, 20);
	assert_int_equal(chain.refused, 0);
	fake_etcd_script(fixture->fake, &never, 1);
	chain.left = 2;
	etcd_range(fixture->client.etcd, &key, 5000, chain_next, &chain, NULL);
	client_range(&fixture->client, 5000, &ending);
	client_close(&fixture->client);
	assert_int_equal(chain.refused, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_connects_without_a_request),
		FIXTURE_TEST(test_one_connection_for_many_calls),
		FIXTURE_TEST(test_never_connected),
		FIXTURE_TEST(test_refused_for_a_while),
		FIXTURE_TEST(test_silent_server),
		FIXTURE_TEST(test_anchor_refused),
		FIXTURE_TEST(test_loss_is_told_and_mended),
		FIXTURE_TEST(test_loss_with_calls_in_flight),
		FIXTURE_TEST(test_goaway),
		cmocka_unit_test_setup_teardown(
			test_stream_limit, fixture_setup_streams, fixture_teardown),
		FIXTURE_TEST(test_cancel_before_dispatch),
		FIXTURE_TEST(test_cancel_while_queued),
		FIXTURE_TEST(test_cancel_in_flight),
		FIXTURE_TEST(test_cancel_in_a_pause),
		FIXTURE_TEST(test_cancel_of_what_is_over),
		FIXTURE_TEST(test_free_with_calls_outstanding),
		FIXTURE_TEST(test_free_while_queued),
		FIXTURE_TEST(test_requests_from_callbacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
