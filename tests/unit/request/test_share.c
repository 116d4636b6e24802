/* Writes of different files that go out together, and what becomes of each. Statements: 7, 16, 24,
 * 25, 154, 296. */
#include "fs/ops/ops.h"
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
#define N 7

static const char *const names[N] = {"a", "b", "c", "d", "e", "f", "g"};
static uint64_t nodes[N];
static struct handle *handles[N];
static struct bare_req flushes[N];

static int setup(void **state)
{
	(void)state;
	bare_start(TIMEOUT_MS);
	memset(handles, 0, sizeof(handles));
	memset(flushes, 0, sizeof(flushes));
	for (size_t i = 0; i < N; i++)
		nodes[i] = bare_put(names[i], "old");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < N; i++)
		if (handles[i])
			bare_release(handles[i]);
	bare_run();
	assert_true(TAILQ_EMPTY(&bare.share.waiting));
	assert_int_equal(bare.share.n_under_way, 0);
	bare_end();
	return 0;
}

static void publish(size_t i, int flags, const char *text)
{
	handles[i] = bare_open(nodes[i], O_WRONLY | flags);
	bare_write(handles[i], flags, text);
	bare_flush(handles[i], &flushes[i]);
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

static void check_done(size_t from, size_t to, const char *value)
{
	for (size_t i = from; i < to; i++) {
		check_ended(i, 0);
		assert_string_equal(bare_value(names[i]), value);
	}
}

/* The first ones go out at once; "c", "d" and "e", which come meanwhile, are one request. */
static void share_three_of(int flags, const char *text)
{
	for (size_t i = 0; i < 5; i++)
		publish(i, flags, text);
	assert_int_equal(bare_n_txns(), 2);
	assert_int_equal(bare_n_shared(), 0);
	bare_answer_txn();
	bare_answer_txn();
	check_done(0, 2, text);
	for (size_t i = 2; i < 5; i++)
		check_waits(i);
	assert_int_equal(bare_n_txns(), 1);
	assert_int_equal(bare_n_shared(), 3);
}

static void share_three(int flags)
{
	share_three_of(flags, "new");
}

static void test_alone(void **state)
{
	(void)state;
	publish(0, O_TRUNC, "new");
	assert_int_equal(bare_n_txns(), 1);
	assert_int_equal(bare_n_shared(), 0);
	bare_answer_txn();
	check_done(0, 1, "new");
}

/* Those that are in the loop's queue together do not go out one by one. */
static void test_posted_together(void **state)
{
	(void)state;
	for (size_t i = 0; i < N; i++) {
		handles[i] = bare_open(nodes[i], O_WRONLY | O_TRUNC);
		bare_write(handles[i], O_TRUNC, "new");
	}
	for (size_t i = 0; i < N; i++) {
		struct fuse_file_info file = {.fh = (uintptr_t)handles[i]};

		ops_key_flush(bare_fuse(&flushes[i]), nodes[i], &file);
	}
	bare_run();
	assert_int_equal(bare_n_txns(), 1);
	assert_int_equal(bare_n_shared(), N);
	bare_answer_txn();
	check_done(0, N, "new");
}

/* While more than one transaction is under way, no other is sent, in however few requests. */
static void test_one_after_the_other(void **state)
{
	(void)state;
	share_three(O_TRUNC);
	publish(5, O_TRUNC, "new");
	publish(6, O_TRUNC, "new");
	assert_int_equal(bare_n_txns(), 1);
	bare_answer_txn();
	assert_int_equal(bare_n_txns(), 1);
	assert_int_equal(bare_n_shared(), 2);
	bare_answer_txn();
	check_done(2, N, "new");
}

static void test_together(void **state)
{
	int64_t before = bare_revision();

	(void)state;
	share_three(O_TRUNC);
	bare_answer_txn();
	check_done(2, 5, "new");
	assert_int_equal(bare_revision() - before, 3);
}

/* Another mount is faster for one of them. */
static void test_one_is_refused(void **state)
{
	(void)state;
	share_three(0);
	bare_put("d", "their");
	bare_answer_txn();
	check_done(2, 3, "new");
	check_done(4, 5, "new");
	check_waits(3);
	assert_int_equal(bare_n_txns(), 1);
	bare_answer_txn();
	check_ended(3, 0);
	assert_string_equal(bare_value("d"), "newir");
}

static void test_one_is_gone(void **state)
{
	(void)state;
	share_three(O_TRUNC);
	bare_delete("d");
	bare_answer_txn();
	check_done(2, 3, "new");
	check_done(4, 5, "new");
	bare_answer_revisions();
	check_ended(3, ESTALE);
	assert_null(bare_value("d"));
}

static void test_all_are_refused(void **state)
{
	int64_t before;

	(void)state;
	share_three(0);
	for (size_t i = 2; i < 5; i++)
		bare_put(names[i], "their");
	before = bare_revision();
	bare_answer_txn();
	assert_int_equal(bare_revision(), before);
	while (bare_n_txns())
		bare_answer_txn();
	check_done(2, 5, "newir");
}

static void check_unknown(void)
{
	assert_int_equal(bare_n_txns(), 0);
	for (size_t i = 2; i < 5; i++) {
		check_ended(i, ETIMEDOUT);
		assert_string_equal(bare_value(names[i]), "old");
	}
}

static void test_unknown(void **state)
{
	(void)state;
	share_three(0);
	bare_refuse_txn(ETCD_E_UNKNOWN);
	check_unknown();
}

/* An answer that does not say what became of each. */
static void test_answer_of_fewer(void **state)
{
	(void)state;
	share_three(0);
	bare_refuse_txn(0);
	check_unknown();
}

/* The refusal is about one of them; who waits behind is not kept from going on. */
static void test_request_is_refused(void **state)
{
	(void)state;
	share_three(O_TRUNC);
	publish(5, O_TRUNC, "new");
	assert_int_equal(bare_n_txns(), 1);
	bare_refuse_txn(-EACCES);
	assert_int_equal(bare_n_txns(), 3);
	bare_answer_txn();
	bare_refuse_txn(-EACCES);
	assert_int_equal(bare_n_txns(), 2);
	bare_answer_txn();
	bare_answer_txn();
	check_done(5, 6, "new");
	check_done(2, 3, "new");
	check_ended(3, EACCES);
	assert_true(handle_unpublished(handles[3]));
	check_done(4, 5, "new");
}

/* It may have happened, so it is not sent again before that is known. */
static void test_no_space(void **state)
{
	(void)state;
	share_three(O_TRUNC);
	bare_refuse_txn(-ENOSPC);
	assert_int_equal(bare_n_txns(), 0);
	for (size_t i = 2; i < 5; i++)
		check_waits(i);
	bare_answer_revisions();
	for (size_t i = 2; i < 5; i++)
		check_ended(i, ENOSPC);
}

/* This etcd takes less than others do: so the next ones are smaller. */
static void test_too_many(void **state)
{
	(void)state;
	share_three(O_TRUNC);
	bare_refuse_txn(-EXDEV);
	assert_int_equal(bare_n_txns(), 3);
	publish(5, O_TRUNC, "new");
	publish(6, O_TRUNC, "new");
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(bare_n_shared(), 0);
		bare_answer_txn();
	}
	check_done(2, 7, "new");
}

/* The same of bytes: small ones still share. */
static void test_too_many_bytes(void **state)
{
	static char text[150 + 1];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	share_three_of(O_TRUNC, text);
	bare_refuse_txn(-EFBIG);
	assert_int_equal(bare_n_txns(), 3);
	publish(5, O_TRUNC, "new");
	publish(6, O_TRUNC, "new");
	for (size_t i = 0; i < 3; i++)
		bare_answer_txn();
	check_done(2, 5, text);
	assert_int_equal(bare_n_shared(), 2);
	bare_answer_txn();
	check_done(5, 7, "new");
}

static void test_too_large(void **state)
{
	static char text[400 + 1];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	publish(0, O_TRUNC, "new");
	publish(1, O_TRUNC, "new");
	for (size_t i = 2; i < 5; i++)
		publish(i, O_TRUNC, text);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(bare_n_shared(), 0); /* two, and what frames them, are over 1000 */
		bare_answer_txn();
	}
	check_done(2, 5, text);
}

/* etcd takes no key twice. */
static void test_same_key(void **state)
{
	(void)state;
	publish(0, O_TRUNC, "new");
	publish(1, O_TRUNC, "new");
	nodes[3] = nodes[2];
	publish(2, O_TRUNC, "first");
	publish(3, O_TRUNC, "second");
	publish(4, O_TRUNC, "new");
	bare_answer_txn();
	assert_int_equal(bare_n_txns(), 2);
	bare_answer_txn();
	assert_int_equal(bare_n_shared(), 2);
	bare_answer_txn();
	check_ended(2, 0);
	check_done(4, 5, "new");
	assert_string_equal(bare_value("c"), "first");
	bare_answer_txn();
	check_ended(3, 0);
	assert_string_equal(bare_value("c"), "second");
}

/* etcd may have lost it in an election: who comes later is not kept waiting. */
static void test_slow(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++)
		publish(i, O_TRUNC, "new");
	bare_wait(299);
	assert_int_equal(bare_n_txns(), 2);
	bare_wait(1);
	assert_int_equal(bare_n_txns(), 3);
	for (size_t i = 4; i < N; i++)
		publish(i, O_TRUNC, "new");
	bare_wait(299);
	assert_int_equal(bare_n_txns(), 3);
	bare_wait(1);
	assert_int_equal(bare_n_txns(), 4);
	bare_refuse_txn(ETCD_E_UNKNOWN);
	bare_refuse_txn(ETCD_E_UNKNOWN);
	assert_int_equal(bare_n_shared(), 2);
	bare_answer_txn();
	assert_int_equal(bare_n_shared(), 3);
	bare_answer_txn();
	check_done(2, N, "new");
}

/* Who waits has sent nothing, and when its time is over nothing is sent. */
static void test_time_is_over(void **state)
{
	(void)state;
	nodes[3] = nodes[0];
	publish(0, O_APPEND, "0");
	publish(3, O_APPEND, "3");
	bare_wait(TIMEOUT_MS - 100);
	publish(1, O_TRUNC, "new");
	publish(2, O_TRUNC, "new");
	bare_answer_txn();
	check_ended(0, 0);
	assert_int_equal(bare_n_txns(), 2);
	bare_wait(100);
	check_ended(3, ETIMEDOUT);
	bare_answer_txn();
	bare_answer_txn();
	check_done(1, 3, "new");
	assert_int_equal(bare_n_txns(), 0);
	assert_string_equal(bare_value("a"), "old0");
}

/* etcd does not look at the rights of each. */
static void test_user(void **state)
{
	struct fs_config config = *bare.config;

	(void)state;
	config.etcd.user = "somebody";
	bare.share.config = &config;
	for (size_t i = 0; i < 5; i++)
		publish(i, O_TRUNC, "new");
	assert_int_equal(bare_n_txns(), 5);
	for (size_t i = 0; i < 5; i++)
		bare_answer_txn();
	check_done(0, 5, "new");
}

static void test_no_memory(void **state)
{
	(void)state;
	for (int n = 0; n < 80; n++) {
		memset(flushes, 0, sizeof(flushes));
		for (size_t i = 0; i < 5; i++) {
			bare_put(names[i], "old");
			handles[i] = bare_open(nodes[i], O_WRONLY);
			bare_write(handles[i], 0, "new");
		}
		alloc_fail_after(n);
		for (size_t i = 0; i < 5; i++)
			bare_flush(handles[i], &flushes[i]);
		alloc_fail_never();
		while (bare_n_txns())
			bare_answer_txn();
		bare_answer_revisions();
		for (size_t i = 0; i < 5; i++) {
			assert_int_equal(flushes[i].replies, 1);
			assert_true(flushes[i].error == 0 || flushes[i].error == ENOMEM);
			bare_release(handles[i]);
			handles[i] = NULL;
		}
		bare_run();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_posted_together, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_after_the_other, setup, teardown),
		cmocka_unit_test_setup_teardown(test_together, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_is_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answer_of_fewer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_request_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_space, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_many_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_large, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_key, setup, teardown),
		cmocka_unit_test_setup_teardown(test_slow, setup, teardown),
		cmocka_unit_test_setup_teardown(test_time_is_over, setup, teardown),
		cmocka_unit_test_setup_teardown(test_user, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
