/* A list's pages: how many keys each asks for, by what has come and by what was too large.
 * Statements: 265. */
#include "tests/lib/fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

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
#define PAGE(key, more)                                                                            \
	{                                                                                          \
		.data = DATA(0, 0, 0, 0, 11, 0x0a, 2, 0x18, 7, KEY(key), 0x18, more)               \
	}
/* The beginning of a page of 1.15 GiB, and of one of 800 MiB. */
#define HUGE                                                                                       \
	{                                                                                          \
		.end = FAKE_OPEN, .data = DATA(0, 0x49, 0x99, 0x99, 0x99)                          \
	}
#define LARGE                                                                                      \
	{                                                                                          \
		.end = FAKE_OPEN, .data = DATA(0, 0x32, 0, 0, 0)                                   \
	}

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

/* A server that sends the same page again and again is not asked for ever. */
static void test_same_page(void **state)
{
	const struct fake_answer answers[] = {
		PAGE('a', 1), PAGE('b', 1), PAGE('b', 1), PAGE('b', 1)};
	struct fixture *fixture = *state;
	struct ending ending;

	fake_etcd_script(fixture->fake, answers, 4);
	list(fixture, 5000, &ending);
	assert_int_equal(ending.error, -EIO);
	assert_int_equal(fake_etcd_requests(fixture->fake), 3);
}

/* --- A page of many keys, handed on in pieces --- */

enum { MANY = 2000 };

struct handing {
	struct ending ending;
	struct fixture *fixture;
	unsigned n_pieces, n_keys;
	bool cancels, was_asked;
	uint64_t id;
};

/* The keys "0000" ... of a page that has MANY of them, and that there are more. */
static void page_of_many(struct buf *ret)
{
	static const uint8_t begin[] = {0, 0, 0, 0, 0, 0x0a, 2, 0x18, 7}, more[] = {0x18, 1};

	assert_int_equal(buf_append(ret, begin, sizeof(begin)), 0);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(buf_printf(ret, "\x12\x06\x0a\x04%04d", i), 0);
	assert_int_equal(buf_append(ret, more, sizeof(more)), 0);
	ret->data[2] = (uint8_t)((ret->len - 5) >> 16);
	ret->data[3] = (uint8_t)((ret->len - 5) >> 8);
	ret->data[4] = (uint8_t)(ret->len - 5);
}

/* Takes so long that the client has its other turns in between. */
static void on_piece(void *arg, int error, const struct etcd_reply *reply)
{
	static const struct timespec moment = {.tv_nsec = 3000000};
	struct handing *handing = arg;

	assert_int_equal(error, 0);
	assert_int_equal(reply->header.revision, 7);
	for (size_t i = 0; i < reply->n_kvs; i++) {
		char key[16];
		snprintf(key, sizeof(key), "%04u", handing->n_keys++);
		assert_true(bytes_equal(reply->kvs[i].key, bytes_of(key)));
	}
	handing->n_pieces++;
	if (handing->cancels && handing->n_pieces == 2)
		etcd_cancel(handing->fixture->client.etcd, handing->id);
	nanosleep(&moment, NULL);
	if (handing->n_pieces == 4)
		handing->was_asked = fake_etcd_wait_requests(handing->fixture->fake, 2);
}

static void hand_on(
	struct fixture *fixture, struct fake_answer second, bool cancels, struct handing *ret)
{
	CLEANUP(buf) struct buf page = {0};
	struct fake_answer answers[2] = {{0}, second};

	page_of_many(&page);
	answers[0].data = buf_bytes(&page);
	*ret = (struct handing){.fixture = fixture, .cancels = cancels};
	fake_etcd_script(fixture->fake, answers, 2);
	assert_int_equal(etcd_list(fixture->client.etcd, BYTES_LITERAL("\0"), BYTES_LITERAL("\0"),
				 1000, on_piece, ending_note, ret, &ret->id),
		0);
	client_wait(&fixture->client, &ret->ending.count, 1);
}

/* The next page is asked for before this one is handed on, and comes behind it. */
static void test_asks_ahead(void **state)
{
	const struct fake_answer last = {.data = DATA(0, 0, 0, 0, 12, 0x0a, 2, 0x18, 7, 0x12, 6,
						 0x0a, 4, '2', '0', '0', '0')};
	struct handing handing;

	hand_on(*state, last, false, &handing);
	assert_int_equal(handing.ending.error, 0);
	assert_true(handing.was_asked);
	assert_int_equal(handing.n_keys, MANY + 1);
	assert_true(handing.n_pieces > 4);
	assert_string_equal(asked(*state, 1).key, "1999");
}

/* A page that fails ends the list, whatever is still to be handed on of the one before. */
static void test_fails_while_handing_on(void **state)
{
	const struct fake_answer refused = {
		.end = FAKE_STATUS_ONLY, .code = 11, .message = "etcdserver: mvcc: compacted"};
	const struct fake_answer cut = {.data = DATA(0, 0, 0, 0, 9, 0x0a, 2, 0x18, 7)};
	const struct fake_answer no_page = {.data = DATA(0, 0, 0, 0, 3, 0x12, 9, 1)};
	struct handing handing;

	hand_on(*state, refused, false, &handing);
	assert_int_equal(handing.ending.error, ETCD_E_COMPACTED);
	assert_true(handing.n_keys <= MANY);
	hand_on(*state, cut, false, &handing);
	assert_int_equal(handing.ending.error, -EIO);
	hand_on(*state, no_page, false, &handing);
	assert_int_equal(handing.ending.error, -EIO);
}

static void test_cancelled_while_handing_on(void **state)
{
	struct handing handing;

	hand_on(*state, (struct fake_answer){.end = FAKE_NEVER}, true, &handing);
	assert_int_equal(handing.ending.error, -ECANCELED);
	assert_in_range(handing.n_pieces, 2, 3);
}

/* A connection that breaks in the middle of a page: on the next one there may be another etcd. */
static void test_cut_page(void **state)
{
	struct handing handing;

	hand_on(*state,
		(struct fake_answer){.end = FAKE_CLOSE,
			.data = DATA(0, 0, 0, 0, 11, 0x0a, 2, 0x18, 7, KEY('a'))},
		false, &handing);
	assert_int_equal(handing.ending.error, -ESTALE);
	assert_int_equal(handing.n_keys, MANY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_too_large),
		FIXTURE_TEST(test_refused),
		FIXTURE_TEST(test_slow),
		FIXTURE_TEST(test_ends),
		FIXTURE_TEST(test_same_page),
		FIXTURE_TEST(test_asks_ahead),
		FIXTURE_TEST(test_fails_while_handing_on),
		FIXTURE_TEST(test_cancelled_while_handing_on),
		FIXTURE_TEST(test_cut_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
