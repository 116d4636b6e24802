/* How a call ends, for all that a server and a connection can do to it. */
#include "fs/base/clock.h"
#include "tests/lib/fixture.h"

#include <curl/curl.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_trailing_garbage(void **state)
{
	/* A good reply and one byte too many: a field of number 0. */
	const struct fake_answer answers[] = {{.data = DATA(0, 0, 0, 0, 5, 0x0a, 2, 0x18, 7, 0)}};
	struct fixture *fixture = *state;
	struct ending ending;

	fake_etcd_script(fixture->fake, answers, 1);
	client_range(&fixture->client, 5000, &ending);
	assert_int_equal(ending.error, -EIO);
}

static void test_unknown_fields_are_skipped(void **state)
{
	const struct fake_answer answers[] = {
		{.data = DATA(0, 0, 0, 0, 23, 0x0a, 2, 0x18, 7, 0x12, 9, 0x0a, 1, 'k', 0x18, 5,
			 0x2a, 2, 'v', 'w', 0x18, 1, 0x20, 9, 0xf2, 0x7, 1, 'x')}};
	struct fixture *fixture = *state;
	struct ending ending;

	fake_etcd_script(fixture->fake, answers, 1);
	client_range(&fixture->client, 5000, &ending);
	assert_int_equal(ending.error, 0);
	assert_int_equal(ending.header.revision, 7);
	assert_int_equal(ending.n_kvs, 1);
	assert_string_equal(ending.key, "k");
	assert_string_equal(ending.value, "vw");
	assert_int_equal(ending.kv.mod_revision, 5);
	assert_true(ending.more);
	assert_int_equal(ending.number, 9);
	assert_string_equal(ending.message, "");
}

/* Answers that are none, and what a read and a change become by them. */
static const struct {
	const char *name;
	struct fake_answer answer;
	int read;
	int change;
} bad[] = {
	{"trailers only", {.end = FAKE_STATUS_ONLY, .code = 3, .message = "bad%20key"}, -EINVAL,
		-EINVAL},
	{"status after data", {.end = FAKE_STATUS, .code = 7, .data = EMPTY}, -EACCES, -EACCES},
	{"no space", {.end = FAKE_STATUS_ONLY, .code = 8, .message = "database space exceeded"},
		-ENOSPC, -ENOSPC},
	{"too large", {.end = FAKE_STATUS_ONLY, .code = 3, .message = "request is too large"},
		-EFBIG, -EFBIG},
	{"unknown", {.end = FAKE_STATUS_ONLY, .code = 2}, -ETIMEDOUT, ETCD_E_UNKNOWN},
	{"internal", {.end = FAKE_STATUS_ONLY, .code = 13}, -EIO, ETCD_E_UNKNOWN},
	{"a code that is none", {.end = FAKE_STATUS_ONLY, .code = 4711}, -ETIMEDOUT,
		ETCD_E_UNKNOWN},
	{"no trailers", {.end = FAKE_NO_TRAILERS}, -EIO, ETCD_E_UNKNOWN},
	{"no trailers after a part", {.end = FAKE_NO_TRAILERS, .data = DATA(0, 0, 0, 0, 2, 'a')},
		-EIO, ETCD_E_UNKNOWN},
	{"no message", {.end = FAKE_OK}, -EIO, ETCD_E_UNKNOWN},
	{"two messages", {.data = DATA(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)}, -EIO, ETCD_E_UNKNOWN},
	{"compressed", {.data = DATA(1, 0, 0, 0, 0)}, -EIO, ETCD_E_UNKNOWN},
	{"truncated header", {.data = DATA(0, 0, 0)}, -EIO, ETCD_E_UNKNOWN},
	{"truncated message", {.data = DATA(0, 0, 0, 0, 5, 'a')}, -EIO, ETCD_E_UNKNOWN},
	{"lying length", {.data = DATA(0, 0x3f, 0xff, 0xff, 0xff, 'a')}, -EIO, ETCD_E_UNKNOWN},
	{"absurd length", {.data = DATA(0, 0xff, 0xff, 0xff, 0xff, 'a')}, -EIO, ETCD_E_UNKNOWN},
	{"too long, without an end", {.end = FAKE_OPEN, .data = DATA(0, 0x10, 0, 0, 1, 'a')}, -EIO,
		ETCD_E_UNKNOWN},
	{"no protobuf", {.data = DATA(0, 0, 0, 0, 2, 0x0a, 9)}, -EIO, ETCD_E_UNKNOWN},
	{"not gRPC", {.end = FAKE_NO_TRAILERS, .http_status = 404, .data = DATA('n', 'o')}, -EIO,
		ETCD_E_UNKNOWN},
};

static void test_bad_answers(void **state)
{
	struct fixture *fixture = *state;
	struct ending ending;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		fake_etcd_script(fixture->fake, &bad[i].answer, 1);
		client_range(&fixture->client, 5000, &ending);
		if (ending.error != bad[i].read)
			fail_msg("%s: read %d, not %d", bad[i].name, ending.error, bad[i].read);
		fake_etcd_script(fixture->fake, &bad[i].answer, 1);
		client_put(&fixture->client, "k", "v", &ending);
		if (ending.error != bad[i].change)
			fail_msg("%s: change %d, not %d", bad[i].name, ending.error, bad[i].change);
	}
	/* None of it has cost the connection, and each was asked once. */
	assert_int_equal(fake_etcd_accepted(fixture->fake), 1);
	assert_int_equal(fake_etcd_requests(fixture->fake), 2 * sizeof(bad) / sizeof(*bad));
	fake_etcd_script(fixture->fake, NULL, 0);
	client_range(&fixture->client, 5000, &ending);
	assert_int_equal(ending.error, 0);
}

/* Only values are large: nobody waits for the end of such an answer to a change. */
static void test_large_answer(void **state)
{
	const struct fake_answer answer = {.end = FAKE_OPEN, .data = DATA(0, 0x01, 0, 0, 1, 'a')};
	struct fixture *fixture = *state;
	struct ending ending;

	fake_etcd_script(fixture->fake, &answer, 1);
	client_put(&fixture->client, "k", "v", &ending);
	assert_int_equal(ending.error, ETCD_E_UNKNOWN);
	assert_string_equal(ending.message, "the answer is too large");
}

/* An old curl loses trailers, so there a whole message has to do. */
static void test_message_without_trailers(void **state)
{
	const struct fake_answer answer = {.end = FAKE_NO_TRAILERS, .data = EMPTY};
	bool is_old = curl_version_info(CURLVERSION_NOW)->version_num < 0x080100;
	struct fixture *fixture = *state;
	struct ending ending;

	fake_etcd_script(fixture->fake, &answer, 1);
	client_range(&fixture->client, 5000, &ending);
	assert_int_equal(ending.error, is_old ? 0 : -EIO);
	fake_etcd_script(fixture->fake, &answer, 1);
	client_put(&fixture->client, "k", "v", &ending);
	assert_int_equal(ending.error, is_old ? 0 : ETCD_E_UNKNOWN);
}

static void test_message_is_decoded(void **state)
{
	struct fixture *fixture = *state;
	struct ending ending;

	fake_etcd_script(fixture->fake, &bad[0].answer, 1);
	client_put(&fixture->client, "k", "v", &ending);
	assert_string_equal(ending.message, "bad key");
}

/* A read is asked again; a change may have happened, and is not. */
static void test_no_answer(void **state)
{
	const struct fake_answer ends[] = {
		{.end = FAKE_STATUS_ONLY, .code = 14, .message = "etcdserver: no leader"},
		{.end = FAKE_RESET, .code = 2},
		{.end = FAKE_RESET, .code = 8, .data = DATA(0, 0, 0)},
		{.end = FAKE_RESET, .code = 7},
		{.end = FAKE_CLOSE},
		{.end = FAKE_CLOSE, .data = DATA(0, 0, 0)},
	};
	struct fixture *fixture = *state;
	struct ending ending;
	unsigned before;

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		before = fake_etcd_requests(fixture->fake);
		fake_etcd_script(fixture->fake, &ends[i], 1);
		client_range(&fixture->client, 5000, &ending);
		assert_int_equal(ending.error, 0);
		assert_int_equal(fake_etcd_requests(fixture->fake), before + 2);
		before = fake_etcd_requests(fixture->fake);
		fake_etcd_script(fixture->fake, &ends[i], 1);
		client_put(&fixture->client, "k", "v", &ending);
		assert_int_equal(ending.error, ETCD_E_UNKNOWN);
		client_dispatch_for(&fixture->client, 100);
		assert_int_equal(ending.count, 1);
		assert_int_equal(fake_etcd_requests(fixture->fake), before + 1);
	}
}

static void assert_path(struct fixture *fixture, unsigned index, const char *path)
{
	CLEANUP(buf) struct buf request = {0};

	assert_int_equal(fake_etcd_request(fixture->fake, index, &request), 0);
	assert_string_equal((const char *)buf_bytes(&request).data, path);
}

static void ask_revision(struct fixture *fixture, int timeout_ms, struct ending *ret)
{
	*ret = (struct ending){0};
	assert_int_equal(etcd_revision(fixture->client.etcd, timeout_ms, ending_note, ret), 0);
	client_wait(&fixture->client, &ret->count, 1);
}

/* A server that loses the question is asked in another way, and again, until the deadline. */
static void test_revision(void **state)
{
	const struct fake_answer seven = {
		.data = DATA(0, 0, 0, 0, 4, 0x0a, 2, 0x18, 7)}; /* header, revision 7 */
	const struct fake_answer not_found = {.end = FAKE_STATUS_ONLY, .code = 5};
	const struct fake_answer lost[] = {{.end = FAKE_NEVER}, not_found, seven};
	const struct fake_answer twice[] = {{.end = FAKE_NEVER}, {.end = FAKE_NEVER}, seven};
	const struct fake_answer silent[] = {
		{.end = FAKE_NEVER}, {.end = FAKE_NEVER}, {.end = FAKE_NEVER}, {.end = FAKE_NEVER}};
	struct fixture *fixture = *state;
	struct ending ending;

	fake_etcd_script(fixture->fake, &seven, 1);
	ask_revision(fixture, 5000, &ending);
	assert_int_equal(ending.error, 0);
	assert_int_equal(ending.header.revision, 7);
	assert_int_equal(fake_etcd_requests(fixture->fake), 1);

	fake_etcd_script(fixture->fake, lost, 3);
	ask_revision(fixture, 5000, &ending);
	assert_int_equal(ending.error, 0);
	assert_int_equal(ending.header.revision, 7);
	assert_int_equal(fake_etcd_requests(fixture->fake), 4);
	assert_path(fixture, 1, "/etcdserverpb.KV/Range");
	assert_path(fixture, 2, "/etcdserverpb.Lease/LeaseRevoke");
	assert_path(fixture, 3, "/etcdserverpb.KV/Range");

	fake_etcd_script(fixture->fake, twice, 3);
	ask_revision(fixture, 5000, &ending);
	assert_int_equal(ending.error, 0);
	assert_int_equal(ending.header.revision, 7);
	assert_int_equal(fake_etcd_requests(fixture->fake), 7);
	assert_path(fixture, 6, "/etcdserverpb.KV/Range");

	fake_etcd_script(fixture->fake, silent, 4);
	ask_revision(fixture, 1050, &ending); /* three turns of 300 ms, and what is left */
	assert_int_equal(ending.error, -ETIMEDOUT);
	assert_int_equal(fake_etcd_requests(fixture->fake), 11);
	client_dispatch_for(&fixture->client, 100);
	assert_int_equal(ending.count, 1);
}

/* A read that is asked again and again ends at its deadline all the same. */
static void test_unavailable_until_the_deadline(void **state)
{
	static struct fake_answer answers[1000];
	struct fixture *fixture = *state;
	int64_t began_ms = clock_now_ms();
	struct ending ending;

	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		answers[i] = (struct fake_answer){.end = FAKE_STATUS_ONLY, .code = 14};
	fake_etcd_script(fixture->fake, answers, sizeof(answers) / sizeof(*answers));
	client_range(&fixture->client, 500, &ending);
	assert_int_equal(ending.error, -ETIMEDOUT);
	assert_true(clock_now_ms() - began_ms >= 499);
	assert_in_range(fake_etcd_requests(fixture->fake), 2, 100);
}

static void test_deadlines(void **state)
{
	const struct fake_answer answers[] = {
		{.end = FAKE_NEVER}, {.end = FAKE_OPEN}, {.end = FAKE_OPEN, .data = DATA(0, 0, 0)}};
	struct etcd_range range = {.key = BYTES_LITERAL("key")};
	struct fixture *fixture = *state;
	struct ending read = {0}, change = {0};

	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		struct fake_answer both[] = {answers[i], answers[i]};
		int64_t began_ms = clock_now_ms();

		read.count = change.count = 0;
		fake_etcd_script(fixture->fake, both, 2);
		etcd_range(fixture->client.etcd, &range, 200, ending_note, &read, NULL);
		put_one(fixture->client.etcd, range.key, range.key, 1500, ending_note, &change,
			NULL);
		client_wait(&fixture->client, &read.count, 1);
		/* Each at its own: a slow machine has more than a second to tell them apart. */
		assert_true(clock_now_ms() - began_ms >= 199);
		assert_int_equal(read.error, -ETIMEDOUT);
		assert_int_equal(change.count, 0);
		client_wait(&fixture->client, &change.count, 1);
		assert_int_equal(change.error, ETCD_E_UNKNOWN);
		fake_etcd_script(fixture->fake, NULL, 0);
		client_range(&fixture->client, 5000, &read);
		assert_int_equal(read.error, 0);
	}
	/* etcd was told that nobody waits. */
	assert_in_range(fake_etcd_resets(fixture->fake), 6, 12);
	assert_int_equal(fake_etcd_accepted(fixture->fake), 1);
}

static void test_slow_answer(void **state)
{
	const struct fake_answer answers[] = {{.data = EMPTY, .delay_ms = 200}};
	struct fixture *fixture = *state;
	struct ending ending;

	fake_etcd_script(fixture->fake, answers, 1);
	client_put(&fixture->client, "k", "v", &ending);
	assert_int_equal(ending.error, 0);
}

/* What the server gets is what was asked, whatever its size. */
static void test_large_body(void **state)
{
	static const size_t sizes[] = {0, 1, 16000, 16400, 65536, 1000000, 3000000};
	const struct fake_answer answer = {.data = EMPTY};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		CLEANUP(buf) struct buf value = {0}, request = {0};
		struct ending ending = {0};
		size_t at;

		assert_int_equal(buf_resize(&value, sizes[i]), 0);
		for (size_t j = 0; j < sizes[i]; j++)
			value.data[j] = (uint8_t)(j * 2654435761u >> 13);
		fake_etcd_script(fixture->fake, &answer, 1);
		put_one(fixture->client.etcd, BYTES_LITERAL("k"), buf_bytes(&value), 5000,
			ending_note, &ending, NULL);
		client_wait(&fixture->client, &ending.count, 1);
		assert_int_equal(ending.error, 0);
		assert_int_equal(fake_etcd_request(fixture->fake, (unsigned)i, &request), 0);
		assert_string_equal((char *)request.data, "/etcdserverpb.KV/Txn");
		assert_true(request.len >= sizes[i]);
		at = request.len - sizes[i];
		assert_memory_equal(
			request.data + at, value.data ? value.data : request.data, sizes[i]);
	}
	assert_int_equal(fake_etcd_accepted(fixture->fake), 1);
}

static void test_prefix_end(void **state)
{
	const struct {
		struct bytes prefix, end;
	} rows[] = {
		{DATA('a'), DATA('b')},
		{DATA('a', '/'), DATA('a', '0')},
		{DATA('a', 0xff), DATA('b')},
		{DATA(0xfe, 0xff, 0xff), DATA(0xff)},
		{DATA(0xff), DATA(0)},
		{DATA(0xff, 0xff), DATA(0)},
		{{NULL, 0}, DATA(0)},
		{DATA(0), DATA(1)},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CLEANUP(buf) struct buf end = {0};

		assert_int_equal(etcd_prefix_end(rows[i].prefix, &end), 0);
		assert_true(bytes_equal(buf_bytes(&end), rows[i].end));
	}
}

static void test_endpoints(void **state)
{
	static const char *const good[] = {"unix:///a", "unix:///run/x y/c:1", "http://127.0.0.1:1",
		"http://localhost:2379/", "http://[::1]:2379", "https://h:1", "h:1",
		"http://a:1,unix:///b, https://c:2"};
	static const char *const none[] = {"", "unix://", "unix://relative", "unix:/a", "/a",
		"http://", "https://", "h", "http://a:1,", ",http://a:1", "http://u@h:1",
		"http://h:1/path", "http://h:1?q", "http://h:99999", "ftp://h:1"};
	struct etcd_config config = {0};
	struct etcd *etcd = NULL;
	char path[200];

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		config.endpoints = good[i];
		assert_int_equal(etcd_new(&config, &etcd), 0);
		etcd_free(STEAL(etcd));
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		config.endpoints = none[i];
		assert_int_equal(etcd_new(&config, &etcd), -EINVAL);
	}
	config.endpoints = NULL;
	assert_int_equal(etcd_new(&config, &etcd), -EINVAL);
	snprintf(path, sizeof(path), "unix:///%0150d", 1);
	config.endpoints = path;
	assert_int_equal(etcd_new(&config, &etcd), -EINVAL);
	assert_null(etcd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_trailing_garbage),
		FIXTURE_TEST(test_unknown_fields_are_skipped),
		FIXTURE_TEST(test_bad_answers),
		FIXTURE_TEST(test_large_answer),
		FIXTURE_TEST(test_message_without_trailers),
		FIXTURE_TEST(test_message_is_decoded),
		FIXTURE_TEST(test_no_answer),
		FIXTURE_TEST(test_revision),
		FIXTURE_TEST(test_unavailable_until_the_deadline),
		FIXTURE_TEST(test_deadlines),
		FIXTURE_TEST(test_slow_answer),
		FIXTURE_TEST(test_large_body),
		cmocka_unit_test(test_prefix_end),
		cmocka_unit_test(test_endpoints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
