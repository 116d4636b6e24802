/* User and password: a token for each connection, another one when etcd has forgotten it.
 * Statements: 95, 271. */
#include "tests/lib/fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* AuthenticateResponse{token: "tN"} */
#define TOKEN(digit)                                                                               \
	{                                                                                          \
		.data = DATA(0, 0, 0, 0, 4, 0x12, 2, 't', digit)                                   \
	}
#define REFUSED(number, text)                                                                      \
	{                                                                                          \
		.end = FAKE_STATUS_ONLY, .code = number, .message = text                           \
	}
#define UNKNOWN_TOKEN REFUSED(16, "etcdserver: invalid auth token")
#define WRONG REFUSED(3, "etcdserver: authentication failed, invalid user ID or password")
#define SCRIPT(fake, ...)                                                                          \
	fake_etcd_script(fake, (const struct fake_answer[]){__VA_ARGS__},                          \
		sizeof((const struct fake_answer[]){__VA_ARGS__}) / sizeof(struct fake_answer))

static int setup(void **state)
{
	struct etcd_config config = {.user = "me", .password = "secret"};
	struct fixture *fixture;
	int r = fixture_setup(state);

	fixture = *state;
	client_close(&fixture->client);
	config.endpoints = fixture->endpoint;
	client_open_with(&fixture->client, &config);
	return r;
}

static void assert_token(
	struct fake_etcd *fake, unsigned index, const char *path, const char *token)
{
	CLEANUP(buf) struct buf request = {0};
	char got[64];

	assert_int_equal(fake_etcd_request(fake, index, &request), 0);
	assert_string_equal((const char *)request.data, path);
	assert_int_equal(fake_etcd_token(fake, index, got), 0);
	assert_string_equal(got, token);
}

static const char authenticate[] = "/etcdserverpb.Auth/Authenticate";
static const char range_path[] = "/etcdserverpb.KV/Range";
static const char put_path[] = "/etcdserverpb.KV/Txn";

static void test_token_first(void **state)
{
	static const uint8_t body[] = {
		0, 0, 0, 0, 12, 0x0a, 2, 'm', 'e', 0x12, 6, 's', 'e', 'c', 'r', 'e', 't'};
	struct fixture *fixture = *state;
	CLEANUP(buf) struct buf request = {0};
	struct ending ending;

	SCRIPT(fixture->fake, TOKEN('1'));
	client_range(&fixture->client, 5000, &ending);
	assert_int_equal(ending.error, 0);
	assert_int_equal(fake_etcd_requests(fixture->fake), 2);
	assert_token(fixture->fake, 0, authenticate, "");
	assert_token(fixture->fake, 1, range_path, "t1");
	assert_int_equal(fake_etcd_request(fixture->fake, 0, &request), 0);
	assert_int_equal(request.len, sizeof(authenticate) + 1 + sizeof(body));
	assert_memory_equal(request.data + sizeof(authenticate) + 1, body, sizeof(body));
}

static void test_token_for_each_connection(void **state)
{
	struct fixture *fixture = *state;
	struct ending ending;

	SCRIPT(fixture->fake, TOKEN('1'), {.data = EMPTY}, TOKEN('2'));
	client_range(&fixture->client, 5000, &ending);
	fake_etcd_drop(fixture->fake);
	client_wait(&fixture->client, &fixture->client.n_up, 2);
	client_range(&fixture->client, 5000, &ending);
	assert_int_equal(ending.error, 0);
	assert_token(fixture->fake, 2, authenticate, "");
	assert_token(fixture->fake, 3, range_path, "t2");
}

/* Also a change: etcd has refused it before doing anything. */
static void test_token_is_renewed(void **state)
{
	struct fixture *fixture = *state;
	struct ending ending;

	SCRIPT(fixture->fake, TOKEN('1'), UNKNOWN_TOKEN, TOKEN('2'), {.data = EMPTY},
		REFUSED(3, "etcdserver: revision of auth store is old"), TOKEN('3'));
	client_put(&fixture->client, "k", "v", &ending);
	assert_int_equal(ending.error, 0);
	client_put(&fixture->client, "k", "v", &ending);
	assert_int_equal(ending.error, 0);
	assert_int_equal(fake_etcd_requests(fixture->fake), 7);
	assert_token(fixture->fake, 1, put_path, "t1");
	assert_token(fixture->fake, 2, authenticate, "");
	assert_token(fixture->fake, 3, put_path, "t2");
	assert_token(fixture->fake, 6, put_path, "t3");
	assert_int_equal(fixture->client.n_up, 1);
	assert_int_equal(fixture->client.n_down, 0);
}

/* Many requests with the old token want one new one. */
static void test_one_renewal_for_many(void **state)
{
	enum { COUNT = 20 };
	struct fake_answer answers[2 * COUNT] = {TOKEN('1')};
	struct fixture *fixture = *state;
	struct ending endings[COUNT] = {0};
	unsigned n_questions = 0;

	for (size_t i = 1; i <= COUNT; i++)
		answers[i] = (struct fake_answer)UNKNOWN_TOKEN;
	answers[COUNT + 1] = (struct fake_answer)TOKEN('2');
	fake_etcd_script(fixture->fake, answers, COUNT + 2);
	client_wait(&fixture->client, &fixture->client.n_up, 1);
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(put_one(fixture->client.etcd, BYTES_LITERAL("k"),
					 BYTES_LITERAL("v"), 5000, ending_note, &endings[i], NULL),
			0);
	for (size_t i = 0; i < COUNT; i++) {
		client_wait(&fixture->client, &endings[i].count, 1);
		assert_int_equal(endings[i].error, 0);
	}
	for (unsigned i = 0; i < fake_etcd_requests(fixture->fake); i++) {
		CLEANUP(buf) struct buf request = {0};

		assert_int_equal(fake_etcd_request(fixture->fake, i, &request), 0);
		n_questions += strcmp((const char *)request.data, authenticate) == 0;
	}
	assert_int_equal(n_questions, 2);
	assert_int_equal(fake_etcd_requests(fixture->fake), 2 * COUNT + 2);
}

static void test_renewal_is_of_no_use(void **state)
{
	struct fixture *fixture = *state;
	struct ending ending;

	SCRIPT(fixture->fake, TOKEN('1'), UNKNOWN_TOKEN, TOKEN('2'), UNKNOWN_TOKEN, TOKEN('3'),
		UNKNOWN_TOKEN, TOKEN('4'));
	client_put(&fixture->client, "k", "v", &ending);
	assert_int_equal(ending.error, -EACCES);
	assert_int_equal(fake_etcd_requests(fixture->fake), 6);
}

/* Nothing is sent without a token; the reason is told once. */
static void test_wrong_password(void **state)
{
	struct fixture *fixture = *state;
	struct fake_answer answers[50];
	struct ending ending = {0};

	for (size_t i = 0; i < 50; i++)
		answers[i] = (struct fake_answer)REFUSED(
			3, "etcdserver: authentication failed, invalid user ID or password");
	fake_etcd_script(fixture->fake, answers, 50);
	assert_int_equal(put_one(fixture->client.etcd, BYTES_LITERAL("k"), BYTES_LITERAL("v"), 1000,
				 ending_note, &ending, NULL),
		0);
	client_wait(&fixture->client, &ending.count, 1);
	assert_int_equal(ending.error, -ETIMEDOUT);
	assert_non_null(strstr(ending.message, "invalid user ID or password"));
	assert_int_equal(fixture->client.n_refused, 1);
	assert_non_null(strstr(fixture->client.reason, "invalid user ID or password"));
	assert_int_equal(fixture->client.n_up, 0);
	fake_etcd_script(fixture->fake, NULL, 0);
	SCRIPT(fixture->fake, TOKEN('1'));
	client_range(&fixture->client, 8000, &ending);
	assert_int_equal(ending.error, 0);
}

static void test_no_authentication_there(void **state)
{
	struct fixture *fixture = *state;
	struct ending ending;

	SCRIPT(fixture->fake, REFUSED(9, "etcdserver: authentication is not enabled"));
	client_range(&fixture->client, 5000, &ending);
	assert_int_equal(ending.error, 0);
	assert_token(fixture->fake, 1, range_path, "");
}

/* A token that would end its header line, and an answer that is none: as good as none. */
static void test_bad_tokens(void **state)
{
	struct fixture *fixture = *state;
	struct ending ending;

	SCRIPT(fixture->fake, {.data = DATA(0, 0, 0, 0, 5, 0x12, 3, 'a', '\n', 'b')},
		{.data = EMPTY}, {.data = DATA(0, 0, 0, 0, 1, 0xff)}, TOKEN('1'));
	client_range(&fixture->client, 8000, &ending);
	assert_int_equal(ending.error, 0);
	assert_token(fixture->fake, 4, range_path, "t1");
}

/* etcd 3.4 refuses a watch with an old token as if it were not permitted. */
static unsigned n_created, n_ended;
static int ended_error;

static void watch_created(void *arg, const struct etcd_header *header)
{
	n_created++;
}

static void watch_events(void *arg, const struct etcd_header *header,
	const struct etcd_event *events, size_t n_events)
{
}

static void watch_ended(void *arg, int error, int64_t compact_revision, const char *message)
{
	n_ended++;
	ended_error = error;
}

#define DENIED                                                                                     \
	{                                                                                          \
		.end = FAKE_OPEN,                                                                  \
		.data = DATA(0, 0, 0, 0, 23, 0x18, 1, 0x20, 1, 0x32, 17, 'p', 'e', 'r', 'm', 'i',  \
			's', 's', 'i', 'o', 'n', ' ', 'd', 'e', 'n', 'i', 'e', 'd')                \
	}

static void watch(struct fixture *fixture)
{
	static const struct etcd_watch_handler handler = {watch_created, watch_events, watch_ended};
	const struct etcd_watch key = {.key = BYTES_LITERAL("key")};

	n_created = n_ended = 0;
	assert_int_equal(etcd_watch(fixture->client.etcd, &key, &handler, NULL, NULL), 0);
}

static void test_watch_is_renewed(void **state)
{
	struct fixture *fixture = *state;

	SCRIPT(fixture->fake, TOKEN('1'), DENIED, TOKEN('2'),
		{.end = FAKE_OPEN, .data = DATA(0, 0, 0, 0, 2, 0x18, 1)});
	watch(fixture);
	client_wait(&fixture->client, &n_created, 1);
	assert_int_equal(n_ended, 0);
	assert_token(fixture->fake, 3, "/etcdserverpb.Watch/Watch", "t2");
}

static void test_watch_is_denied(void **state)
{
	struct fixture *fixture = *state;

	SCRIPT(fixture->fake, TOKEN('1'), DENIED, TOKEN('2'), DENIED);
	watch(fixture);
	client_wait(&fixture->client, &n_ended, 1);
	assert_int_equal(ended_error, -EACCES);
	assert_int_equal(fake_etcd_requests(fixture->fake), 4);
}

static void write_password(const struct fixture *fixture, const char *password, mode_t mode)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/password", fixture->dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%s\n", password);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static int setup_file(void **state)
{
	struct etcd_config config = {.user = "me", .password = "old"};
	struct fixture *fixture;
	int r = fixture_setup(state);
	char path[128];

	fixture = *state;
	client_close(&fixture->client);
	config.endpoints = fixture->endpoint;
	config.password_file = path;
	snprintf(path, sizeof(path), "%s/password", fixture->dir);
	write_password(fixture, "old", 0600);
	client_open_with(&fixture->client, &config);
	return r;
}

static int teardown_file(void **state)
{
	struct fixture *fixture = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/password", fixture->dir);
	unlink(path);
	return fixture_teardown(state);
}

/* Another password in the file: nobody notices that the old one was refused. */
static void test_password_is_read_again(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(buf) struct buf request = {0};
	struct ending ending;

	write_password(fixture, "new", 0600);
	SCRIPT(fixture->fake, WRONG, TOKEN('1'));
	client_range(&fixture->client, 5000, &ending);
	assert_int_equal(ending.error, 0);
	assert_int_equal(fixture->client.n_refused, 0);
	assert_int_equal(fake_etcd_accepted(fixture->fake), 1);
	assert_token(fixture->fake, 2, range_path, "t1");
	assert_int_equal(fake_etcd_request(fixture->fake, 1, &request), 0);
	assert_memory_equal(request.data + request.len - 3, "new", 3);
}

/* One that cannot be taken: that is said as well. */
static void test_password_file_is_refused(void **state)
{
	struct fixture *fixture = *state;

	SCRIPT(fixture->fake, WRONG, WRONG, WRONG, WRONG, WRONG);
	client_wait(&fixture->client, &fixture->client.n_refused, 1);
	assert_null(strstr(fixture->client.reason, "password-file"));
	write_password(fixture, "new", 0644);
	client_wait(&fixture->client, &fixture->client.n_refused, 2);
	assert_non_null(strstr(fixture->client.reason, "others can read"));
}

#define FILE_TEST(test) cmocka_unit_test_setup_teardown(test, setup_file, teardown_file)
#define AUTH_TEST(test) cmocka_unit_test_setup_teardown(test, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AUTH_TEST(test_token_first),
		AUTH_TEST(test_token_for_each_connection),
		AUTH_TEST(test_token_is_renewed),
		AUTH_TEST(test_one_renewal_for_many),
		AUTH_TEST(test_renewal_is_of_no_use),
		AUTH_TEST(test_wrong_password),
		AUTH_TEST(test_no_authentication_there),
		AUTH_TEST(test_bad_tokens),
		AUTH_TEST(test_watch_is_renewed),
		AUTH_TEST(test_watch_is_denied),
		FILE_TEST(test_password_is_read_again),
		FILE_TEST(test_password_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
