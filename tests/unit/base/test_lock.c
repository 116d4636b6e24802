/* The lock excludes, the clock does not go back, and STEAL leaves nothing to free twice. */
#include "fs/base/cleanup.h"
#include "fs/base/clock.h"
#include "fs/base/lock.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	THREADS = 4,
	ROUNDS = 20000,
};

struct counter {
	struct lock lock;
	long value; /* under lock */
};

static void counter_add_locked(struct counter *counter) REQUIRES(counter->lock)
{
	counter->value++;
}

static void *counter_run(void *arg)
{
	struct counter *counter = arg;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		lock_take(&counter->lock);
		counter_add_locked(counter);
		lock_drop(&counter->lock);
	}
	return NULL;
}

static void count_with_threads(struct counter *counter)
{
	pthread_t threads[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, counter_run, counter), 0);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(counter->value, THREADS * ROUNDS);
}

static void test_lock_excludes(void **state)
{
	struct counter counter = {.value = 0};

	lock_init(&counter.lock);
	count_with_threads(&counter);
	lock_fini(&counter.lock);
}

static void *count_once(void *arg)
{
	struct counter *counter = arg;

	lock_take(&counter->lock);
	counter_add_locked(counter);
	lock_drop(&counter->lock);
	return NULL;
}

/* Each time who waits gets it, though the one that has it wants it again at once. */
static void test_lock_is_passed(void **state)
{
	struct counter counter = {.value = 0};
	pthread_t thread;

	lock_init(&counter.lock);
	lock_take(&counter.lock);
	assert_false(lock_pass(&counter.lock));
	for (long i = 1; i <= 20; i++) {
		assert_int_equal(pthread_create(&thread, NULL, count_once, &counter), 0);
		while (!counter.lock.n_waiting)
			usleep(100);
		for (int tries = 0; counter.value < i && tries < 1000; tries++)
			lock_pass(&counter.lock);
		assert_int_equal(counter.value, i);
		pthread_join(thread, NULL);
	}
	lock_drop(&counter.lock);
	lock_fini(&counter.lock);
}

static void test_clock_does_not_go_back(void **state)
{
	int64_t before = clock_now_ms(), now;
	int i;

	assert_true(before > 0);
	for (i = 0; i < 1000; i++) {
		now = clock_now_ms();
		assert_true(now >= before);
		before = now;
	}
}

static int *take(void)
{
	CLEANUP(free) int *number = malloc(sizeof(*number));

	assert_non_null(number);
	*number = 7;
	return STEAL(number);
}

static void test_steal_hands_on(void **state)
{
	CLEANUP(free) int *number = take();

	assert_int_equal(*number, 7);
}

static int open_and_maybe_keep(bool keep, int *ret_seen)
{
	CLEANUP(fd) int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	*ret_seen = fd;
	return keep ? STEAL_FD(fd) : -1;
}

static void test_fd_closes_itself_unless_stolen(void **state)
{
	int seen, kept;

	assert_int_equal(open_and_maybe_keep(false, &seen), -1);
	assert_int_equal(fcntl(seen, F_GETFD), -1);
	kept = open_and_maybe_keep(true, &seen);
	assert_int_equal(kept, seen);
	assert_true(fcntl(kept, F_GETFD) >= 0);
	close(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lock_excludes),
		cmocka_unit_test(test_lock_is_passed),
		cmocka_unit_test(test_clock_does_not_go_back),
		cmocka_unit_test(test_steal_hands_on),
		cmocka_unit_test(test_fd_closes_itself_unless_stolen),
	};
	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
