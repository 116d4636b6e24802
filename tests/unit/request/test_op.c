/* What a signal makes of an operation, and the end of its time.
 * Statements: 32, 58, 325. */
#include "tests/lib/bare_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define TIMEOUT_MS 5000
#define INTERRUPTED_MS 1000

static struct handle *handle;
static struct bare_req first, second;

static int setup(void **state)
{
	(void)state;
	bare_start(TIMEOUT_MS);
	handle = bare_open(bare_put("key", "old"), O_WRONLY | O_APPEND);
	first = second = (struct bare_req){0};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bare_release(handle);
	bare_run();
	bare_end();
	return 0;
}

/* One publish is asked of etcd, and another waits behind it. */
static void publish_twice(void)
{
	bare_write(handle, O_APPEND, "new");
	bare_flush(handle, &first);
	bare_flush(handle, &second);
	assert_int_equal(bare_n_txns(), 1);
}

static void check_waiting(void)
{
	assert_int_equal(first.replies, 0);
	assert_int_equal(second.replies, 0);
}

static void check_both(int error)
{
	assert_int_equal(first.replies, 1);
	assert_int_equal(second.replies, 1);
	assert_int_equal(first.error, error);
	assert_int_equal(second.error, error);
}

static void interrupt_both(void)
{
	bare_interrupt(&first);
	bare_interrupt(&second);
	bare_run();
}

static void test_goes_on(void **state)
{
	(void)state;
	publish_twice();
	interrupt_both();
	bare_wait(INTERRUPTED_MS - 1);
	check_waiting();
	bare_answer_txn();
	check_both(0);
	assert_string_equal(bare_value("key"), "oldnew");
}

static void test_takes_long(void **state)
{
	(void)state;
	publish_twice();
	bare_wait(INTERRUPTED_MS);
	interrupt_both();
	bare_wait(INTERRUPTED_MS - 1);
	check_waiting();
	bare_wait(1);
	check_both(EINTR);
	assert_int_equal(bare.counters.counts[COUNTER_INTERRUPTED], 2);
	assert_int_equal(bare.counters.counts[COUNTER_TIMEOUTS], 0);
	/* etcd does it all the same. */
	bare_answer_txn();
	assert_string_equal(bare_value("key"), "oldnew");
}

static void test_at_the_end_of_its_time(void **state)
{
	(void)state;
	publish_twice();
	bare_wait(TIMEOUT_MS - 10);
	interrupt_both();
	bare_wait(9);
	check_waiting();
	bare_wait(1);
	check_both(ETIMEDOUT);
	assert_int_equal(bare.counters.counts[COUNTER_INTERRUPTED], 0);
	assert_int_equal(bare.counters.counts[COUNTER_TIMEOUTS], 2);
	bare_answer_txn();
}

/* libfuse may tell of the signal when the answer is on its way. */
static void test_after_the_answer(void **state)
{
	struct bare_req late;

	(void)state;
	publish_twice();
	late = first;
	bare_interrupt(&late);
	bare_answer_txn();
	check_both(0);
	bare_wait(INTERRUPTED_MS);
}

static void wait_patiently(struct op *op, int error)
{
	static struct op_list news = TAILQ_HEAD_INITIALIZER(news);

	if (error)
		op_reply(op, error);
	else
		op_wait(op, &news, wait_patiently);
}

static void test_waits_for_news(void **state)
{
	struct op *op = op_new(&bare.requests, bare_fuse(&first), 0);

	(void)state;
	op->patient = true;
	op_start(op, wait_patiently);
	bare_wait(2 * TIMEOUT_MS);
	assert_int_equal(first.replies, 0);
	bare_interrupt(&first);
	bare_run();
	assert_int_equal(first.replies, 1);
	assert_int_equal(first.error, EINTR);
}

static int numbers[OP_DEPTH], errors[OP_DEPTH];
static size_t n_ran;

static void step(struct op *op, int error)
{
	numbers[n_ran] = *(int *)op->arg;
	errors[n_ran++] = error;
	if (op->n_steps)
		op_next(op, error - 1);
	else
		op_reply(op, 0);
}

/* The last that was told runs first, with what came with it and the error of the one before. */
static void test_steps(void **state)
{
	static int args[OP_DEPTH];
	struct op *op = op_new(&bare.requests, bare_fuse(&first), 0);

	(void)state;
	n_ran = 0;
	for (int i = 0; i < OP_DEPTH; i++) {
		args[i] = i;
		op_then(op, step, &args[i]);
		op_then(op, NULL, NULL);
	}
	op_start(op, NULL);
	bare_run();
	assert_int_equal(first.replies, 1);
	for (int i = 0; i < OP_DEPTH; i++) {
		assert_int_equal(numbers[i], OP_DEPTH - 1 - i);
		assert_int_equal(errors[i], -i);
	}
}

/* etcd does not say that the watch of a stream stands. */
int __wrap_etcd_watch(struct etcd *etcd, const struct etcd_watch *watch,
	const struct etcd_watch_handler *handler, void *arg, uint64_t *ret_id);

int __wrap_etcd_watch(struct etcd *etcd, const struct etcd_watch *watch,
	const struct etcd_watch_handler *handler, void *arg, uint64_t *ret_id)
{
	(void)etcd, (void)watch, (void)handler, (void)arg, (void)ret_id;
	return -ENOMEM;
}

/* No signal has come to who opens a stream in that moment. */
static void test_mount_ends(void **state)
{
	const struct fuse_file_info file = {.flags = O_RDONLY};

	(void)state;
	stream_open(&bare.streams, bare_fuse(&first), ROOT_ID, STREAM_FROM_NOW, &file);
	bare_run();
	bare_answer_revisions();
	assert_int_equal(first.replies, 0);
	streams_end(&bare.streams);
	assert_int_equal(first.replies, 1);
	assert_int_equal(first.error, ENOTCONN);
}

static void note_end(struct op *op, int error)
{
	*(int *)op->arg = error;
	op_reply(op, 0);
}

static struct op_list waiting = TAILQ_HEAD_INITIALIZER(waiting);

static void wait_in_list(struct op *op, int error)
{
	(void)error;
	op_wait(op, &waiting, NULL);
}

static struct op *start_waiting(int *error)
{
	struct op *op = op_new(&bare.requests, NULL, 0);

	assert_non_null(op);
	op_then(op, note_end, error);
	op_start(op, wait_in_list);
	bare_run();
	return op;
}

/* With each piece of what it waits for it has its whole time again. */
static void test_extended(void **state)
{
	int error = 1;
	struct op *op = start_waiting(&error);

	(void)state;
	for (int i = 0; i < 3; i++) {
		bare_wait(TIMEOUT_MS - 1);
		op_extend(op);
	}
	bare_wait(TIMEOUT_MS - 1);
	assert_int_equal(error, 1);
	bare_wait(1);
	assert_int_equal(error, -ETIMEDOUT);
}

/* But a signal ends it, whatever comes. */
static void test_extended_and_interrupted(void **state)
{
	int error = 1;
	struct op *op = start_waiting(&error);

	(void)state;
	op->interrupted = true;
	op_extend(op);
	bare_wait(TIMEOUT_MS);
	assert_true(error < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_extended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_extended_and_interrupted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_goes_on, setup, teardown),
		cmocka_unit_test_setup_teardown(test_takes_long, setup, teardown),
		cmocka_unit_test_setup_teardown(test_at_the_end_of_its_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_after_the_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_waits_for_news, setup, teardown),
		cmocka_unit_test_setup_teardown(test_steps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mount_ends, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
