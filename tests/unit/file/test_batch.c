/* Publishes of one file by many at once: which go together, and what becomes of each. Statements:
 * 13, 14, 15, 191, 258. */
#include "tests/lib/bare_mount.h"

#include "tests/lib/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TIMEOUT_MS 5000
#define MAX_VALUE 1000 /* of the bare mount */
#define N 5

static uint64_t node;
static struct handle *handles[N];
static struct bare_req flushes[N];

static int setup(void **state)
{
	(void)state;
	bare_start(TIMEOUT_MS);
	node = bare_put("key", "old");
	memset(handles, 0, sizeof(handles));
	memset(flushes, 0, sizeof(flushes));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < N; i++)
		if (handles[i])
			bare_release(handles[i]);
	bare_run();
	assert_true(TAILQ_EMPTY(&bare.publisher.turns));
	bare_end();
	return 0;
}

/* The open file @i has written @text. */
static void write_by(size_t i, int flags, const char *text)
{
	handles[i] = bare_open(node, O_WRONLY | flags);
	bare_write(handles[i], flags, text);
}

static void close_by(size_t i)
{
	bare_flush(handles[i], &flushes[i]);
}

static void publish_by(size_t i, int flags, const char *text)
{
	write_by(i, flags, text);
	close_by(i);
}

static void check_waits(size_t i)
{
	assert_int_equal(flushes[i].replies, 0);
}

static void check_ended(size_t i, int error)
{
	assert_int_equal(flushes[i].replies, 1);
	assert_int_equal(flushes[i].error, error);
}

static void test_together(void **state)
{
	int64_t before = bare_revision();

	(void)state;
	publish_by(0, O_APPEND, "0");
	publish_by(1, O_APPEND, "1");
	publish_by(2, 0, "X");
	publish_by(3, O_APPEND, "3");
	assert_int_equal(bare_n_txns(), 1);
	bare_answer_txn();
	check_ended(0, 0);
	check_waits(1);
	assert_int_equal(bare_n_txns(), 1);
	bare_answer_txn();
	for (size_t i = 0; i < 4; i++)
		check_ended(i, 0);
	assert_int_equal(bare_n_txns(), 0);
	assert_string_equal(bare_value("key"), "Xld013");
	assert_int_equal(bare_revision() - before, 2);
}

/* The requests that are queued at one time, though none has had to wait. One of them is refused,
 * which is nobody else's affair. */
static void test_at_once(void **state)
{
	static char text[MAX_VALUE - 3 + 1];
	int64_t before = bare_revision();

	(void)state;
	memset(text, 'x', MAX_VALUE - 3);
	for (size_t i = 0; i < N; i++)
		write_by(i, O_APPEND, i == 2 ? text : "1");
	for (size_t i = 0; i < N; i++)
		bare_post_flush(handles[i], &flushes[i]);
	bare_run();
	assert_int_equal(bare_n_txns(), 1);
	bare_answer_txn();
	bare_answer_revisions();
	for (size_t i = 0; i < N; i++)
		check_ended(i, i == 2 ? EFBIG : 0);
	assert_string_equal(bare_value("key"), "old1111");
	assert_int_equal(bare_revision() - before, 1);
}

/* What becomes of one of them becomes of all. */
static void test_at_once_unknown(void **state)
{
	(void)state;
	for (size_t i = 0; i < N; i++)
		write_by(i, O_APPEND, "1");
	for (size_t i = 0; i < N; i++)
		bare_post_flush(handles[i], &flushes[i]);
	bare_run();
	bare_refuse_txn(ETCD_E_UNKNOWN);
	for (size_t i = 0; i < N; i++) {
		check_ended(i, ETIMEDOUT);
		assert_false(handle_unpublished(handles[i]));
	}
	assert_int_equal(bare_n_txns(), 0);
}

/* Another mount is faster: what is sent again takes in who has come meanwhile. */
static void test_refused_by_etcd(void **state)
{
	(void)state;
	publish_by(0, O_APPEND, "0");
	publish_by(1, O_APPEND, "1");
	bare_put("key", "newer");
	bare_answer_txn();
	check_waits(0);
	assert_int_equal(bare_n_txns(), 1);
	bare_answer_txn();
	check_ended(0, 0);
	check_ended(1, 0);
	assert_string_equal(bare_value("key"), "newer01");
}

static void test_unknown(void **state)
{
	(void)state;
	publish_by(0, O_APPEND, "0");
	publish_by(1, O_APPEND, "1");
	publish_by(2, O_APPEND, "2");
	bare_answer_txn();
	bare_refuse_txn(ETCD_E_UNKNOWN);
	check_ended(0, 0);
	check_ended(1, ETIMEDOUT);
	check_ended(2, ETIMEDOUT);
	assert_false(handle_unpublished(handles[1]));
	assert_false(handle_unpublished(handles[2]));
	/* Who comes then is not in doubt. */
	publish_by(3, O_APPEND, "3");
	bare_answer_txn();
	check_ended(3, 0);
	assert_string_equal(bare_value("key"), "old03");
}

/* Each of them is refused, and keeps what it has for another try. */
static void test_no_room(void **state)
{
	(void)state;
	publish_by(0, O_APPEND, "0");
	publish_by(1, O_APPEND, "1");
	publish_by(2, O_APPEND, "2");
	bare_answer_txn();
	bare_refuse_txn(-EACCES);
	check_ended(1, EACCES);
	check_ended(2, EACCES);
	assert_true(handle_unpublished(handles[1]));
	flushes[1] = (struct bare_req){0};
	close_by(1);
	bare_answer_txn();
	check_ended(1, 0);
	assert_string_equal(bare_value("key"), "old01");
}

static void test_time_is_over(void **state)
{
	(void)state;
	publish_by(0, O_APPEND, "0");
	bare_wait(TIMEOUT_MS - 10);
	publish_by(1, O_APPEND, "1");
	bare_wait(10);
	check_ended(0, ETIMEDOUT);
	check_waits(1);
	/* It is refused, so of the first nothing is sent any more, and of the second it is. */
	bare_put("key", "newer");
	bare_answer_txn();
	bare_answer_txn();
	check_ended(1, 0);
	assert_string_equal(bare_value("key"), "newer1");
	assert_true(handle_unpublished(handles[0]));
}

/* Who waits for a turn has sent nothing. */
static void test_time_is_over_before(void **state)
{
	(void)state;
	publish_by(0, O_APPEND, "0");
	publish_by(1, O_APPEND, "1");
	bare_wait(TIMEOUT_MS);
	check_ended(0, ETIMEDOUT);
	check_ended(1, ETIMEDOUT);
	bare_answer_txn();
	assert_int_equal(bare_n_txns(), 0);
	assert_string_equal(bare_value("key"), "old0");
}

/* The batch goes on for who has joined late. */
static void test_time_of_the_last(void **state)
{
	(void)state;
	publish_by(0, O_APPEND, "0");
	bare_wait(TIMEOUT_MS / 2);
	publish_by(1, O_APPEND, "1");
	bare_put("key", "newer");
	bare_answer_txn();
	bare_wait(TIMEOUT_MS / 2);
	check_ended(0, ETIMEDOUT);
	check_waits(1);
	bare_put("key", "newest");
	bare_answer_txn();
	bare_answer_txn();
	check_ended(1, 0);
	assert_string_equal(bare_value("key"), "newest1");
}

static void test_too_long(void **state)
{
	static char text[MAX_VALUE - 10 + 1];

	(void)state;
	memset(text, 'x', MAX_VALUE - 10);
	publish_by(0, O_APPEND, "0");
	publish_by(1, O_APPEND, text);
	publish_by(2, O_APPEND, text);
	publish_by(3, O_APPEND, "3");
	bare_answer_txn();
	bare_answer_txn();
	check_ended(1, 0);
	check_waits(2); /* not before a barrier */
	check_ended(3, 0);
	bare_answer_revisions();
	check_ended(2, EFBIG);
	assert_int_equal(strlen(bare_value("key")), 4 + MAX_VALUE - 10 + 1);
}

/* It waits for the mirror, to be sure: no operation has more steps to come. */
static void test_too_long_behind(void **state)
{
	static char text[MAX_VALUE + 1];

	(void)state;
	memset(text, 'x', MAX_VALUE);
	publish_by(0, O_APPEND, "0");
	publish_by(1, 0, "1");
	publish_by(2, 0, text);
	handles[3] = bare_open(node, O_WRONLY | O_APPEND);
	bare_write(handles[3], O_APPEND, "3");
	close_by(3);
	bare_answer_txn();
	bare_answer_txn();
	check_waits(3);
	bare_reconnect();
	bare_answer_revisions();
	check_waits(3);
	bare_wait(TIMEOUT_MS);
	check_ended(3, ETIMEDOUT);
}

static void test_shorter_by_then(void **state)
{
	static char text[MAX_VALUE - 10 + 1];

	(void)state;
	memset(text, 'x', MAX_VALUE - 10);
	publish_by(0, O_APPEND, text);
	publish_by(1, O_APPEND, text);
	bare_answer_txn();
	bare_put("key", "short");
	bare_answer_revisions();
	bare_answer_txn();
	check_ended(1, 0);
	assert_int_equal(strlen(bare_value("key")), 5 + MAX_VALUE - 10);
}

static void test_gone(void **state)
{
	(void)state;
	publish_by(0, O_APPEND, "0");
	publish_by(1, O_APPEND, "1");
	bare_delete("key");
	bare_answer_txn();
	check_ended(0, ESTALE);
	bare_answer_revisions();
	check_ended(1, ESTALE);
	assert_null(bare_value("key"));
}

/* Values of their own, which nobody loses to. */
static void test_truncations(void **state)
{
	int64_t before = bare_revision();

	(void)state;
	publish_by(0, O_TRUNC, "zero");
	publish_by(1, O_TRUNC, "one");
	publish_by(2, O_APPEND, "2");
	assert_int_equal(bare_n_txns(), 2);
	publish_by(3, O_TRUNC, "three"); /* behind who waits */
	assert_int_equal(bare_n_txns(), 2);
	bare_answer_txn();
	bare_answer_txn();
	check_ended(0, 0);
	check_ended(1, 0);
	assert_int_equal(bare_n_txns(), 1);
	publish_by(4, O_APPEND, "4");
	bare_answer_txn();
	check_ended(2, 0);
	assert_string_equal(bare_value("key"), "one2");
	check_waits(4); /* behind the third */
	bare_answer_txn();
	assert_string_equal(bare_value("key"), "three");
	bare_answer_txn();
	check_ended(4, 0);
	assert_string_equal(bare_value("key"), "three4");
	assert_int_equal(bare_revision() - before, 5);
}

/* The writes of one process by one descriptor stay in their order, whatever else is under way. */
static void test_same_file(void **state)
{
	struct bare_req again = {0};

	(void)state;
	publish_by(0, O_APPEND, "0");
	publish_by(1, O_APPEND, "1");
	bare_flush(handles[1], &again); /* of a copy of the descriptor: nothing is left for it */
	bare_answer_txn();
	bare_answer_txn();
	check_ended(1, 0);
	assert_int_equal(again.replies, 1);
	assert_string_equal(bare_value("key"), "old01");
	bare_write(handles[1], O_APPEND, "a");
	flushes[1] = (struct bare_req){0};
	close_by(1);
	bare_answer_txn();
	check_ended(1, 0);
	assert_string_equal(bare_value("key"), "old01a");
}

/* Whatever fails, each is told, and the next ones go on. */
static void test_no_memory(void **state)
{
	(void)state;
	for (int n = 0; n < 60; n++) {
		memset(flushes, 0, sizeof(flushes));
		bare_put("key", "old");
		for (size_t i = 0; i < 3; i++)
			write_by(i, O_APPEND, "x");
		alloc_fail_after(n);
		for (size_t i = 0; i < 3; i++)
			close_by(i);
		alloc_fail_never();
		while (bare_n_txns())
			bare_answer_txn();
		bare_answer_revisions();
		for (size_t i = 0; i < 3; i++) {
			assert_int_equal(flushes[i].replies, 1);
			assert_true(flushes[i].error == 0 || flushes[i].error == ENOMEM);
			bare_release(handles[i]);
			handles[i] = NULL;
		}
		bare_run();
		assert_true(TAILQ_EMPTY(&bare.publisher.turns));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_together, setup, teardown),
		cmocka_unit_test_setup_teardown(test_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_at_once_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_by_etcd, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_room, setup, teardown),
		cmocka_unit_test_setup_teardown(test_time_is_over, setup, teardown),
		cmocka_unit_test_setup_teardown(test_time_is_over_before, setup, teardown),
		cmocka_unit_test_setup_teardown(test_time_of_the_last, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_long, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_long_behind, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shorter_by_then, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_truncations, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
