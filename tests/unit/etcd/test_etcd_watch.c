/* Watches: what is asked, what is told, how they end. */
#include "tests/lib/fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct seen {
	unsigned created, batches, events, ended;
	int64_t created_revision, last_revision, compact_revision;
	size_t batch_sizes[16];
	char keys[256]; /* "+a5 -b6 ": type, key, mod_revision */
	int error;
	char message[128];
	struct etcd *etcd;
	uint64_t id; /* cancelled by the first event, if not 0 */
};

static void on_created(void *arg, const struct etcd_header *header)
{
	struct seen *to = arg;

	to->created++;
	to->created_revision = header->revision;
}

static void on_events(void *arg, const struct etcd_header *header, const struct etcd_event *events,
	size_t n_events)
{
	struct seen *to = arg;

	to->batch_sizes[to->batches++ % 16] = n_events;
	to->events += n_events;
	to->last_revision = header->revision;
	for (size_t i = 0; i < n_events; i++)
		snprintf(to->keys + strlen(to->keys), sizeof(to->keys) - strlen(to->keys),
			"%c%.*s%d ", events[i].type == ETCD_EVENT_PUT ? '+' : '-',
			(int)events[i].kv.key.len, (const char *)events[i].kv.key.data,
			(int)events[i].kv.mod_revision);
	if (to->id)
		etcd_cancel(to->etcd, to->id);
}

static void on_ended(void *arg, int error, int64_t compact_revision, const char *message)
{
	struct seen *to = arg;

	to->ended++;
	to->error = error;
	to->compact_revision = compact_revision;
	snprintf(to->message, sizeof(to->message), "%s", message);
}

static const struct etcd_watch_handler handler = {on_created, on_events, on_ended};

/* Outlives the test: a watch that stands ends with the client. */
static struct seen seen;

static void watch(struct fixture *fixture, uint64_t *ret_id)
{
	struct etcd_watch from = {.key = BYTES_LITERAL("a"),
		.range_end = BYTES_LITERAL("z"),
		.start_revision = 5,
		.progress_notify = true};

	seen = (struct seen){.etcd = fixture->client.etcd};
	assert_int_equal(etcd_watch(fixture->client.etcd, &from, &handler, &seen, ret_id), 0);
}

#define CREATED 0, 0, 0, 0, 6, 0x0a, 2, 0x18, 4, 0x18, 1
/* A put and a delete: an event is {type 1, kv 2 {key 1, mod_revision 3}}. */
#define PUT(key, revision) 0x5a, 7, 0x12, 5, 0x0a, 1, key, 0x18, revision
#define DELETE(key, revision) 0x5a, 9, 0x08, 1, 0x12, 5, 0x0a, 1, key, 0x18, revision

static void test_request(void **state)
{
	/* create{key a, end z, start 5, progress, fragment} */
	static const uint8_t expected[] = {
		0, 0, 0, 0, 14, 0x0a, 12, 0x0a, 1, 'a', 0x12, 1, 'z', 0x18, 5, 0x20, 1, 0x40, 1};
	const struct fake_answer answer = {.end = FAKE_OPEN, .data = DATA(CREATED)};
	struct fixture *fixture = *state;
	CLEANUP(buf) struct buf request = {0};

	fake_etcd_script(fixture->fake, &answer, 1);
	watch(fixture, NULL);
	client_wait(&fixture->client, &seen.created, 1);
	assert_int_equal(seen.created_revision, 4);
	assert_int_equal(fake_etcd_request(fixture->fake, 0, &request), 0);
	assert_string_equal((char *)request.data, "/etcdserverpb.Watch/Watch");
	buf_consume(&request, strlen("/etcdserverpb.Watch/Watch") + 1);
	assert_int_equal(request.data[0], '0'); /* without "hasleader" */
	assert_int_equal(request.len, 1 + sizeof(expected));
	assert_memory_equal(request.data + 1, expected, sizeof(expected));
	assert_int_equal(seen.ended, 0);
}

static void test_events(void **state)
{
	const struct fake_answer answer = {.end = FAKE_OPEN,
		.data = DATA(CREATED, 0, 0, 0, 0, 13, 0x0a, 2, 0x18, 5, PUT('a', 5), 0, 0, 0, 0, 24,
			0x0a, 2, 0x18, 6, PUT('b', 6), DELETE('c', 6), 0, 0, 0, 0, 4, 0x0a, 2, 0x18,
			9)};
	struct fixture *fixture = *state;

	fake_etcd_script(fixture->fake, &answer, 1);
	watch(fixture, NULL);
	client_wait(&fixture->client, &seen.batches, 3);
	assert_string_equal(seen.keys, "+a5 +b6 -c6 ");
	assert_int_equal(seen.batch_sizes[0], 1);
	assert_int_equal(seen.batch_sizes[1], 2);
	assert_int_equal(seen.batch_sizes[2], 0); /* progress */
	assert_int_equal(seen.last_revision, 9);
	assert_int_equal(seen.ended, 0);
}

static void test_fragments_are_joined(void **state)
{
	const struct fake_answer answer = {.end = FAKE_OPEN,
		.data = DATA(CREATED, 0, 0, 0, 0, 15, 0x0a, 2, 0x18, 6, 0x38, 1, PUT('a', 6), 0, 0,
			0, 0, 15, 0x0a, 2, 0x18, 6, 0x38, 1, PUT('b', 6), 0, 0, 0, 0, 13, 0x0a, 2,
			0x18, 6, PUT('c', 6))};
	struct fixture *fixture = *state;

	fake_etcd_script(fixture->fake, &answer, 1);
	watch(fixture, NULL);
	client_wait(&fixture->client, &seen.batches, 1);
	assert_int_equal(seen.batches, 1);
	assert_string_equal(seen.keys, "+a6 +b6 +c6 ");
}

/* A revision is delivered as soon as the next one has begun, wherever the cuts are. */
static void test_revisions_in_fragments(void **state)
{
	const struct fake_answer answer = {.end = FAKE_OPEN,
		.data = DATA(CREATED, 0, 0, 0, 0, 24, 0x0a, 2, 0x18, 9, 0x38, 1, PUT('a', 5),
			PUT('b', 6), 0, 0, 0, 0, 15, 0x0a, 2, 0x18, 9, 0x38, 1, PUT('c', 6), 0, 0,
			0, 0, 24, 0x0a, 2, 0x18, 9, 0x38, 1, PUT('d', 7), PUT('e', 8), 0, 0, 0, 0,
			22, 0x0a, 2, 0x18, 9, PUT('f', 8), PUT('g', 9))};
	struct fixture *fixture = *state;

	fake_etcd_script(fixture->fake, &answer, 1);
	watch(fixture, NULL);
	client_wait(&fixture->client, &seen.batches, 3);
	assert_string_equal(seen.keys, "+a5 +b6 +c6 +d7 +e8 +f8 +g9 ");
	assert_int_equal(seen.batch_sizes[0], 1);
	assert_int_equal(seen.batch_sizes[1], 3);
	assert_int_equal(seen.batch_sizes[2], 3);
}

/* A proxy ends a watch whose request has ended: so that stays open, and the end is still seen. */
static void test_proxied(void **state)
{
	const struct fake_answer answers[] = {
		{.end = FAKE_OPEN,
			.data = DATA(CREATED, 0, 0, 0, 0, 13, 0x0a, 2, 0x18, 6, PUT('a', 6))},
		{.end = FAKE_STATUS, .code = 14, .message = "gone", .data = DATA(CREATED)}};
	struct fixture *fixture = *state;
	struct ending ending;
	uint64_t id;

	fake_etcd_set_anchor(fixture->fake, FAKE_ANCHOR_PROXIED);
	fake_etcd_script(fixture->fake, answers, 2);
	watch(fixture, &id);
	client_wait(&fixture->client, &seen.batches, 1);
	assert_string_equal(seen.keys, "+a6 ");
	client_dispatch_for(&fixture->client, 100);
	assert_int_equal(seen.ended, 0);
	etcd_cancel(fixture->client.etcd, id);
	client_wait(&fixture->client, &seen.ended, 1);
	assert_int_equal(seen.error, -ECANCELED);
	watch(fixture, NULL);
	client_wait(&fixture->client, &seen.ended, 1);
	assert_int_equal(seen.error, -ETIMEDOUT);
	client_range(&fixture->client, 5000, &ending);
	assert_int_equal(ending.error, 0);
}

static void test_end_between_fragments(void **state)
{
	const struct fake_answer answer = {.end = FAKE_CLOSE,
		.data = DATA(CREATED, 0, 0, 0, 0, 15, 0x0a, 2, 0x18, 6, 0x38, 1, PUT('a', 6))};
	struct fixture *fixture = *state;

	fake_etcd_script(fixture->fake, &answer, 1);
	watch(fixture, NULL);
	client_wait(&fixture->client, &seen.ended, 1);
	assert_int_equal(seen.batches, 0);
	assert_int_equal(seen.error, -ETIMEDOUT);
}

static void test_endings(void **state)
{
	const struct {
		struct fake_answer answer;
		int error;
		int64_t compact_revision;
		const char *message;
	} rows[] = {
		/* canceled, compact_revision 8 */
		{{.end = FAKE_OPEN,
			 .data = DATA(CREATED, 0, 0, 0, 0, 8, 0x0a, 2, 0x18, 9, 0x20, 1, 0x28, 8)},
			ETCD_E_COMPACTED, 8, ""},
		/* created and canceled with a reason */
		{{.end = FAKE_OPEN,
			 .data = DATA(0, 0, 0, 0, 9, 0x18, 1, 0x20, 1, 0x32, 3, 'w', 'h', 'y')},
			-ETIMEDOUT, 0, "why"},
		{{.end = FAKE_STATUS, .code = 14, .message = "no%20leader", .data = DATA(CREATED)},
			-ETIMEDOUT, 0, "no leader"},
		{{.end = FAKE_STATUS_ONLY, .code = 7, .message = "no"}, -EACCES, 0, "no"},
		{{.end = FAKE_STATUS_ONLY, .code = 12, .message = "no"}, -EOPNOTSUPP, 0, "no"},
		{{.end = FAKE_OK, .data = DATA(CREATED)}, -ETIMEDOUT, 0, "etcd ended the watch"},
		{{.end = FAKE_NO_TRAILERS, .data = DATA(CREATED, 0, 0)}, -EIO, 0, NULL},
		{{.end = FAKE_OPEN, .data = DATA(CREATED, 1)}, -EIO, 0, NULL},
		{{.end = FAKE_OPEN, .data = DATA(CREATED, 0, 0xff, 0, 0, 0)}, -EIO, 0, NULL},
		{{.end = FAKE_OPEN, .data = DATA(CREATED, 0, 0, 0, 0, 1, 0x0a)}, -EIO, 0, NULL},
		/* an event without a key-value, and events before `created` */
		{{.end = FAKE_OPEN, .data = DATA(CREATED, 0, 0, 0, 0, 2, 0x5a, 0)}, -EIO, 0, NULL},
		{{.end = FAKE_OPEN, .data = DATA(0, 0, 0, 0, 9, PUT('a', 5))}, -EIO, 0, NULL},
		{{.end = FAKE_RESET, .code = 2, .data = DATA(CREATED)}, -ETIMEDOUT, 0, NULL},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		fake_etcd_script(fixture->fake, &rows[i].answer, 1);
		watch(fixture, NULL);
		client_wait(&fixture->client, &seen.ended, 1);
		if (seen.error != rows[i].error)
			fail_msg("row %zu: %d, not %d", i, seen.error, rows[i].error);
		assert_int_equal(seen.compact_revision, rows[i].compact_revision);
		if (rows[i].message)
			assert_string_equal(seen.message, rows[i].message);
		assert_int_equal(seen.batches, 0);
	}
	client_dispatch_for(&fixture->client, 50);
	assert_int_equal(seen.ended, 1);
	assert_int_equal(fake_etcd_accepted(fixture->fake), 1);
}

static void test_waits_for_the_connection(void **state)
{
	const struct fake_answer answer = {.end = FAKE_OPEN, .data = DATA(CREATED)};
	struct fixture *fixture = *state;

	fake_etcd_stop(fixture->fake);
	watch(fixture, NULL);
	client_dispatch_for(&fixture->client, 200);
	assert_int_equal(seen.created + seen.ended, 0);
	fake_etcd_script(fixture->fake, &answer, 1);
	fake_etcd_start(fixture->fake);
	client_wait(&fixture->client, &seen.created, 1);
	fake_etcd_drop(fixture->fake);
	client_wait(&fixture->client, &seen.ended, 1);
	assert_int_equal(seen.error, -ETIMEDOUT);
}

static void test_cancel(void **state)
{
	const struct fake_answer answer = {.end = FAKE_OPEN, .data = DATA(CREATED)};
	struct fixture *fixture = *state;
	struct ending ending;
	uint64_t id;

	watch(fixture, &id); /* before it was started */
	etcd_cancel(fixture->client.etcd, id);
	client_wait(&fixture->client, &seen.ended, 1);
	assert_int_equal(seen.error, -ECANCELED);
	fake_etcd_script(fixture->fake, &answer, 1);
	watch(fixture, &id); /* while it stands */
	client_wait(&fixture->client, &seen.created, 1);
	etcd_cancel(fixture->client.etcd, id);
	client_wait(&fixture->client, &seen.ended, 1);
	assert_int_equal(seen.error, -ECANCELED);
	client_range(&fixture->client, 5000, &ending);
	assert_int_equal(ending.error, 0);
	assert_int_equal(fake_etcd_accepted(fixture->fake), 1);
	assert_int_equal(seen.ended, 1);
}

static void test_cancel_from_its_event(void **state)
{
	const struct fake_answer answer = {.end = FAKE_OPEN,
		.data = DATA(CREATED, 0, 0, 0, 0, 13, 0x0a, 2, 0x18, 5, PUT('a', 5))};
	struct fixture *fixture = *state;
	uint64_t id;

	fake_etcd_script(fixture->fake, &answer, 1);
	watch(fixture, &id);
	seen.id = id;
	client_wait(&fixture->client, &seen.ended, 1);
	assert_int_equal(seen.events, 1);
	assert_int_equal(seen.error, -ECANCELED);
}

static void test_free_while_it_stands(void **state)
{
	const struct fake_answer answer = {.end = FAKE_OPEN,
		.data = DATA(CREATED, 0, 0, 0, 0, 15, 0x0a, 2, 0x18, 6, 0x38, 1, PUT('a', 6))};
	struct fixture *fixture = *state;

	fake_etcd_script(fixture->fake, &answer, 1);
	watch(fixture, NULL);
	client_wait(&fixture->client, &seen.created, 1);
	client_close(&fixture->client);
	assert_int_equal(seen.ended, 1);
	assert_int_equal(seen.error, -ECANCELED);
}

/* Many events at once, cut into frames anywhere. */
static void test_large_batch(void **state)
{
	enum { COUNT = 20000 };
	static const uint8_t created[] = {CREATED}, put[] = {PUT('a', 5)};
	struct fixture *fixture = *state;
	CLEANUP(buf) struct buf data = {0};
	struct fake_answer answer = {.end = FAKE_OPEN};
	uint8_t header[] = {0, 0, 0, 0, 0};
	size_t len = COUNT * sizeof(put);

	header[2] = (uint8_t)(len >> 16);
	header[3] = (uint8_t)(len >> 8);
	header[4] = (uint8_t)len;
	buf_append(&data, created, sizeof(created));
	buf_append(&data, header, sizeof(header));
	for (int i = 0; i < COUNT; i++)
		buf_append(&data, put, sizeof(put));
	answer.data = buf_bytes(&data);
	fake_etcd_script(fixture->fake, &answer, 1);
	watch(fixture, NULL);
	client_wait(&fixture->client, &seen.batches, 1);
	assert_int_equal(seen.events, COUNT);
}

static void assert_malformed(struct fixture *fixture, const struct fake_answer *answer)
{
	fake_etcd_script(fixture->fake, answer, 1);
	watch(fixture, NULL);
	client_wait(&fixture->client, &seen.ended, 1);
	assert_int_equal(seen.error, -EIO);
	assert_int_equal(seen.created, 1);
}

/* What etcd does not do: two beginnings, and a revision in fragments that do not end. */
static void test_malformed(void **state)
{
	static const uint8_t created[] = {CREATED};
	static const uint8_t fragment[] = {0, 0, 0, 0, 15, 0x0a, 2, 0x18, 6, 0x38, 1, PUT('a', 6)};
	const struct fake_answer twice = {.end = FAKE_OPEN, .data = DATA(CREATED, CREATED)};
	CLEANUP(buf) struct buf fragments = {0};
	struct fake_answer many = {.end = FAKE_OPEN};

	assert_malformed(*state, &twice);
	assert_int_equal(buf_append(&fragments, created, sizeof(created)), 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(buf_append(&fragments, fragment, sizeof(fragment)), 0);
	many.data = buf_bytes(&fragments);
	assert_malformed(*state, &many);
	assert_int_equal(seen.batches, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_request),
		FIXTURE_TEST(test_events),
		FIXTURE_TEST(test_fragments_are_joined),
		FIXTURE_TEST(test_revisions_in_fragments),
		FIXTURE_TEST(test_proxied),
		FIXTURE_TEST(test_end_between_fragments),
		FIXTURE_TEST(test_endings),
		FIXTURE_TEST(test_waits_for_the_connection),
		FIXTURE_TEST(test_cancel),
		FIXTURE_TEST(test_cancel_from_its_event),
		FIXTURE_TEST(test_free_while_it_stands),
		FIXTURE_TEST(test_large_batch),
		FIXTURE_TEST(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
