/* What is due is due once, in its order, and nothing is lost between the threads. */
#include "fs/events/inval_queue.h"
#include "tests/lib/alloc.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	THREADS = 4,
	ROUNDS = 20000,
	NAMES = 50,
};

static void assert_taken(struct inval_queue *queue, uint64_t serial, uint64_t id, const char *name)
{
	struct stale *stale = inval_queue_take(queue);

	assert_non_null(stale);
	assert_int_equal(stale->serial, serial);
	assert_int_equal(stale->id, id);
	assert_string_equal(stale->name, name);
	free(stale);
}

static void test_order(void **state)
{
	struct inval_queue queue;

	inval_queue_init(&queue);
	assert_int_equal(inval_queue_add(&queue, 7, "b"), 1);
	assert_int_equal(inval_queue_add(&queue, 7, NULL), 2);
	assert_int_equal(inval_queue_add(&queue, 7, "a"), 3);
	assert_int_equal(inval_queue_add(&queue, 6, "b"), 4);
	assert_taken(&queue, 1, 7, "b");
	assert_taken(&queue, 2, 7, "");
	assert_taken(&queue, 3, 7, "a");
	assert_taken(&queue, 4, 6, "b");
	inval_queue_fini(&queue);
}

/* What is due already keeps its place; what has been taken is due anew. */
static void test_merged(void **state)
{
	struct inval_queue queue;

	inval_queue_init(&queue);
	assert_int_equal(inval_queue_add(&queue, 7, "a"), 1);
	assert_int_equal(inval_queue_add(&queue, 7, NULL), 2);
	assert_int_equal(inval_queue_add(&queue, 7, "a"), 1);
	assert_int_equal(inval_queue_add(&queue, 7, NULL), 2);
	assert_taken(&queue, 1, 7, "a");
	assert_int_equal(inval_queue_add(&queue, 7, "a"), 3);
	assert_taken(&queue, 2, 7, "");
	assert_taken(&queue, 3, 7, "a");
	inval_queue_fini(&queue);
}

static void test_stopped(void **state)
{
	struct inval_queue queue;

	inval_queue_init(&queue);
	assert_int_equal(inval_queue_add(&queue, 7, "a"), 1);
	inval_queue_stop(&queue);
	assert_null(inval_queue_take(&queue));
	assert_int_equal(inval_queue_add(&queue, 7, "b"), 2);
	assert_null(inval_queue_take(&queue));
	inval_queue_fini(&queue); /* frees what was not taken */
}

static void test_no_memory(void **state)
{
	struct inval_queue queue;

	inval_queue_init(&queue);
	alloc_fail_after(0);
	assert_int_equal(inval_queue_add(&queue, 7, "a"), 0);
	alloc_fail_never();
	assert_int_equal(inval_queue_add(&queue, 7, "a"), 1);
	assert_taken(&queue, 1, 7, "a");
	inval_queue_fini(&queue);
}

/* --- Threads: some add, one takes. --- */

struct run {
	struct inval_queue queue;
	_Atomic uint64_t changes[NAMES]; /* how often each has changed */
	uint64_t seen[NAMES];		 /* as it was when it was forgotten last */
	_Atomic uint64_t done;
};

/* First the change, then the word of it: so whoever is told sees it. */
static void *adder(void *arg)
{
	struct run *run = arg;
	char name[16];

	for (int i = 0; i < ROUNDS; i++) {
		int which = (i * 7) % NAMES;
		run->changes[which]++;
		snprintf(name, sizeof(name), "%d", which);
		assert_true(inval_queue_add(&run->queue, 1, name) > 0);
	}
	return NULL;
}

static void *taker(void *arg)
{
	struct run *run = arg;
	struct stale *stale;

	while ((stale = inval_queue_take(&run->queue))) {
		int which = atoi(stale->name);
		assert_true(stale->serial > run->done);
		run->seen[which] = run->changes[which];
		run->done = stale->serial;
		free(stale);
	}
	return NULL;
}

static void test_threads(void **state)
{
	static struct run run;
	pthread_t adders[THREADS], one;
	uint64_t last;

	inval_queue_init(&run.queue);
	assert_int_equal(pthread_create(&one, NULL, taker, &run), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&adders[i], NULL, adder, &run), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(adders[i], NULL);
	last = inval_queue_add(
		&run.queue, 1, "00"); /* no other says this: it comes after all of them */
	while (run.done < last)
		sched_yield();
	inval_queue_stop(&run.queue);
	pthread_join(one, NULL);
	for (int i = 0; i < NAMES; i++)
		assert_int_equal(run.seen[i], run.changes[i]);
	inval_queue_fini(&run.queue);
}

/* Who waits for news is woken by the end. */
static void test_stopped_while_waiting(void **state)
{
	static struct run run;
	pthread_t one;

	inval_queue_init(&run.queue);
	assert_int_equal(pthread_create(&one, NULL, taker, &run), 0);
	inval_queue_stop(&run.queue);
	assert_int_equal(pthread_join(one, NULL), 0);
	inval_queue_fini(&run.queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_merged),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_stopped_while_waiting),
	};
	return cmocka_run_group_tests_name("stales", tests, NULL, NULL);
}
