/* A list's pages: how many keys each asks for, by what has come and by what was too large.
 * Statements: 265. */
#include "tests/lib/fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What a page asks for, as it came: a RangeRequest {key 1, range_end 2, limit 3, revision 4}. */
struct asked {
	char key[32];
	int64_t limit, revision;
};

static uint64_t varint(const uint8_t **at)
{
	uint64_t value = 0;

	for (int shift = 0;; shift += 7) {
		uint8_t byte = *(*at)++;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return value;
	}
}

static struct asked asked(struct fixture *fixture, unsigned index)
{
	CLEANUP(buf) struct buf request = {0};
	struct asked ret = {0};
	const uint8_t *at, *end;

	assert_int_equal(fake_etcd_request(fixture->fake, index, &request), 0);
	assert_string_equal((char *)request.data, "/etcdserverpb.KV/Range");
	at = request.data + strlen((char *)request.data) + 2 + 5;
	end = request.data + request.len;
	while (at < end) {
		uint64_t tag = varint(&at), value = varint(&at);
		if (tag == 0x0a)
			memcpy(ret.key, at, value);
		if (tag == 0x18)
			ret.limit = (int64_t)value;
		if (tag == 0x20)
			ret.revision = (int64_t)value;
		at += (tag & 7) == 2 ? value : 0;
	}
	return ret;
}

static unsigned n_pages, n_keys;
static char last_key;

static void on_page(void *arg, int error, const struct etcd_reply *reply)
{
	assert_int_equal(error, 0);
	n_pages++;
	for (size_t i = 0; i < reply->n_kvs; i++) {
		assert_int_equal(reply->kvs[i].key.len, 1);
		assert_true(reply->kvs[i].key.data[0] > last_key);
		last_key = (char)reply->kvs[i].key.data[0];
		n_keys++;
	}
}

static void list(struct fixture *fixture, int timeout_ms, struct ending *ending)
{
	*ending = (struct ending){0};
	n_pages = n_keys = 0;
	last_key = 0;
	assert_int_equal(etcd_list(fixture->client.etcd, BYTES_LITERAL("\0"), BYTES_LITERAL("\0"),
				 timeout_ms, on_page, ending_note, ending, NULL),
		0);
	client_wait(&fixture->client, &ending->count, 1);
}

/* Revision 7, one key, and whether there are more. */
#define KEY(key) 0x12, 3, 0x0a, 1, key
#define PAGE(key, more) {.data = DATA(0, 0, 0, 0, 11, 0x0a, 2, 0x18, 7, KEY(key), 0x18, more)}
/* The beginning of a page of 1.15 GiB, and of one of 800 MiB. */
#define HUGE {.end = FAKE_OPEN, .data = DATA(0, 0x49, 0x99, 0x99, 0x99)}
#define LARGE {.end = FAKE_OPEN, .data = DATA(0, 0x32, 0, 0, 0)}

static void test_too_large(void **state)
{
	const struct fake_answer answers[] = {
		PAGE('a', 1), HUGE, LARGE, PAGE('b', 1), PAGE('c', 1), PAGE('d', 0)};
	struct fixture *fixture = *state;
	struct asked pages[6];
	struct ending ending;

	fake_etcd_script(fixture->fake, answers, 6);
	list(fixture, 5000, &ending);
	assert_string_equal(ending.message, "");
	assert_int_equal(ending.error, 0);
	assert_int_equal(ending.header.revision, 7);
	assert_int_equal(n_pages, 4);
	assert_int_equal(n_keys, 4);
	for (unsigned i = 0; i < 6; i++)
		pages[i] = asked(fixture, i);
	/* Small keys: more of them. Too many then, and after that it gropes its way. */
	assert_true(pages[1].limit > pages[0].limit);
	assert_true(pages[2].limit < pages[1].limit / 32);
	assert_true(pages[3].limit < pages[2].limit);
	assert_true(pages[3].limit >= 1);
	assert_true(pages[4].limit <= 2 * pages[3].limit);
	assert_string_equal(pages[1].key, "a");
	assert_string_equal(pages[3].key, "a");
	assert_string_equal(pages[4].key, "b");
	assert_int_equal(pages[0].revision, 0);
	for (unsigned i = 1; i < 6; i++)
		assert_int_equal(pages[i].revision, 7);
	assert_int_equal(fake_etcd_accepted(fixture->fake), 1);
}

/* etcd itself cannot send more than 2 GiB. */
static void test_refused(void **state)
{
	const struct fake_answer answers[] = {PAGE('a', 1),
		{.end = FAKE_STATUS_ONLY,
			.code = 8,
			.message = "grpc: trying to send message larger than max"},
		PAGE('b', 0)};
	struct fixture *fixture = *state;
	struct ending ending;

	fake_etcd_script(fixture->fake, answers, 3);
	list(fixture, 5000, &ending);
	assert_int_equal(ending.error, 0);
	assert_int_equal(n_keys, 2);
	assert_true(asked(fixture, 2).limit < asked(fixture, 1).limit);
}

/* A page that takes too long is asked again smaller, at the same revision, and the list goes on. */
static void test_slow(void **state)
{
	const struct fake_answer answers[] = {
		PAGE('a', 1), {.end = FAKE_NEVER}, PAGE('b', 1), PAGE('c', 0)};
	struct fixture *fixture = *state;
	struct ending ending;

	fake_etcd_script(fixture->fake, answers, 4);
	list(fixture, 200, &ending);
	assert_int_equal(ending.error, 0);
	assert_int_equal(n_keys, 3);
	assert_true(asked(fixture, 2).limit < asked(fixture, 1).limit);
	assert_string_equal(asked(fixture, 2).key, "a");
	assert_int_equal(asked(fixture, 2).revision, 7);
}

/* Not for ever, and a single key is taken whatever its size. */
static void test_ends(void **state)
{
	struct fake_answer answers[20];
	struct fixture *fixture = *state;
	struct ending ending;

	for (size_t i = 0; i < 20; i++)
		answers[i] = (struct fake_answer){.end = FAKE_NEVER};
	fake_etcd_script(fixture->fake, answers, 20);
	list(fixture, 100, &ending);
	assert_int_equal(ending.error, -ETIMEDOUT);
	assert_in_range(fake_etcd_requests(fixture->fake), 2, 10);
	assert_int_equal(asked(fixture, fake_etcd_requests(fixture->fake) - 1).limit, 1);
	for (size_t i = 0; i < 20; i++)
		answers[i] = (struct fake_answer)HUGE;
	fake_etcd_script(fixture->fake, answers, 20);
	list(fixture, 5000, &ending);
	assert_int_equal(ending.error, -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_too_large),
		FIXTURE_TEST(test_refused),
		FIXTURE_TEST(test_slow),
		FIXTURE_TEST(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
