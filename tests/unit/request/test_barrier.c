/* Which question to etcd lets which read pass, and when it is asked. Statements: 22, 274. */
#include "tests/lib/bare_mount.h"

#include "fs/ops/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define TIMEOUT_MS 5000
#define READS_MAX (2 * BARRIER_CROWD)

static uint64_t node;
static struct bare_req reads[READS_MAX];
static size_t n_reads;

static int setup(void **state)
{
	(void)state;
	bare_start(TIMEOUT_MS);
	node = bare_put("key", "value");
	memset(reads, 0, sizeof(reads));
	n_reads = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_reads; i++)
		if (reads[i].fh)
			bare_release((struct handle *)(uintptr_t)reads[i].fh);
	bare_run();
	bare_end();
	return 0;
}

/* @count opens are posted, and the RPC thread has not had its turn. */
static void post(size_t count)
{
	struct fuse_file_info file = {.flags = O_RDONLY};

	for (; count; count--) {
		assert_true(n_reads < READS_MAX);
		ops_key_open(bare_fuse(&reads[n_reads++]), node, &file);
	}
}

static void begin(size_t count)
{
	post(count);
	bare_run();
}

/* The first @count are answered, and no other. */
static void check_answered(size_t count)
{
	for (size_t i = 0; i < n_reads; i++) {
		assert_int_equal(reads[i].replies, i < count);
		assert_int_equal(reads[i].error, 0);
	}
}

/* The answer may be older than a read that has begun since the question. */
static void test_answer_is_too_old(void **state)
{
	(void)state;
	begin(1);
	assert_int_equal(bare_n_questions(), 1);
	begin(1);
	assert_int_equal(bare_n_questions(), 1);
	bare_answer_revision();
	check_answered(1);
	assert_int_equal(bare_n_questions(), 1);
	bare_answer_revision();
	check_answered(2);
}

/* The same for one that the RPC thread meets only when the answer is there. */
static void test_posted_before_the_answer(void **state)
{
	(void)state;
	begin(1);
	post(2);
	bare_answer_revision();
	check_answered(1);
	assert_int_equal(bare_n_questions(), 1);
	bare_answer_revision();
	check_answered(3);
}

/* Few callers wait for nobody. */
static void test_few_are_not_held(void **state)
{
	(void)state;
	begin(BARRIER_CROWD - 1);
	bare_answer_revision();
	check_answered(BARRIER_CROWD - 1);
	begin(1);
	assert_int_equal(bare_n_questions(), 1);
	bare_answer_revision();
	check_answered(BARRIER_CROWD);
}

/* Those who have shared one question are soon back to share the next. */
static void test_crowd_shares(void **state)
{
	(void)state;
	begin(BARRIER_CROWD);
	bare_answer_revision();
	check_answered(BARRIER_CROWD);
	begin(1);
	assert_int_equal(bare_n_questions(), 0);
	begin(BARRIER_CROWD - 2);
	assert_int_equal(bare_n_questions(), 0);
	begin(1);
	assert_int_equal(bare_n_questions(), 1);
	bare_answer_revision();
	check_answered(2 * BARRIER_CROWD);
}

/* If they are not, nobody waits long for them. */
static void test_hold_ends(void **state)
{
	(void)state;
	begin(BARRIER_CROWD);
	bare_answer_revision();
	begin(1);
	bare_wait(BARRIER_HOLD_MS);
	assert_int_equal(bare_n_questions(), 0); /* in this time one has joined */
	bare_wait(BARRIER_HOLD_MS);
	assert_int_equal(bare_n_questions(), 1);
	bare_answer_revision();
	check_answered(BARRIER_CROWD + 1);
	begin(1); /* by now they are few */
	assert_int_equal(bare_n_questions(), 1);
	bare_answer_revision();
}

/* A hold goes on while others join, but not for long. */
static void test_hold_has_an_end(void **state)
{
	size_t n_waits = 0;

	(void)state;
	begin(BARRIER_CROWD);
	bare_answer_revision();
	for (; !bare_n_questions(); n_waits++) {
		assert_true(n_waits * BARRIER_HOLD_MS <= BARRIER_HOLD_MAX_MS);
		begin(1);
		bare_wait(BARRIER_HOLD_MS);
	}
	assert_int_equal(n_waits * BARRIER_HOLD_MS, BARRIER_HOLD_MAX_MS);
	bare_answer_revision();
	check_answered(BARRIER_CROWD + n_waits);
}

/* etcd does not answer: each read ends in its own time. */
static void test_no_answer(void **state)
{
	(void)state;
	begin(BARRIER_CROWD);
	bare_wait(TIMEOUT_MS / 2);
	begin(1);
	bare_wait(TIMEOUT_MS / 2);
	for (size_t i = 0; i < n_reads; i++) {
		assert_int_equal(reads[i].replies, i < BARRIER_CROWD);
		assert_int_equal(reads[i].error, i < BARRIER_CROWD ? ETIMEDOUT : 0);
	}
	bare_answer_revision();
	bare_wait(BARRIER_HOLD_MS);
	bare_answer_revision();
	assert_int_equal(reads[BARRIER_CROWD].replies, 1);
	assert_int_equal(reads[BARRIER_CROWD].error, 0);
}

#define BARRIER_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BARRIER_TEST(test_answer_is_too_old),
		BARRIER_TEST(test_posted_before_the_answer),
		BARRIER_TEST(test_few_are_not_held),
		BARRIER_TEST(test_crowd_shares),
		BARRIER_TEST(test_hold_ends),
		BARRIER_TEST(test_hold_has_an_end),
		BARRIER_TEST(test_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
