/* What is due is due once, in its order, and nothing is lost between the threads. */
#include "fs/events/stales.h"
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

static void assert_taken(struct stales *stales, uint64_t serial, uint64_t id, const char *name)
{
	struct stale *stale = stales_take(stales);

	assert_non_null(stale);
	assert_int_equal(stale->serial, serial);
	assert_int_equal(stale->id, id);
	assert_string_equal(stale->name, name);
	free(stale);
}

static void test_order(void **state)
{
	struct stales stales;

	stales_init(&stales);
	assert_int_equal(stales_add(&stales, 7, "b"), 1);
	assert_int_equal(stales_add(&stales, 7, NULL), 2);
	assert_int_equal(stales_add(&stales, 7, "a"), 3);
	assert_int_equal(stales_add(&stales, 6, "b"), 4);
	assert_taken(&stales, 1, 7, "b");
	assert_taken(&stales, 2, 7, "");
	assert_taken(&stales, 3, 7, "a");
	assert_taken(&stales, 4, 6, "b");
	stales_fini(&stales);
}

/* What is due already keeps its place; what has been taken is due anew. */
static void test_merged(void **state)
{
	struct stales stales;

	stales_init(&stales);
	assert_int_equal(stales_add(&stales, 7, "a"), 1);
	assert_int_equal(stales_add(&stales, 7, NULL), 2);
	assert_int_equal(stales_add(&stales, 7, "a"), 1);
	assert_int_equal(stales_add(&stales, 7, NULL), 2);
	assert_taken(&stales, 1, 7, "a");
	assert_int_equal(stales_add(&stales, 7, "a"), 3);
	assert_taken(&stales, 2, 7, "");
	assert_taken(&stales, 3, 7, "a");
	stales_fini(&stales);
}

static void test_stopped(void **state)
{
	struct stales stales;

	stales_init(&stales);
	assert_int_equal(stales_add(&stales, 7, "a"), 1);
	stales_stop(&stales);
	assert_null(stales_take(&stales));
	assert_int_equal(stales_add(&stales, 7, "b"), 2);
	assert_null(stales_take(&stales));
	stales_fini(&stales); /* frees what was not taken */
}

static void test_no_memory(void **state)
{
	struct stales stales;

	stales_init(&stales);
	alloc_fail_after(0);
	assert_int_equal(stales_add(&stales, 7, "a"), 0);
	alloc_fail_never();
	assert_int_equal(stales_add(&stales, 7, "a"), 1);
	assert_taken(&stales, 1, 7, "a");
	stales_fini(&stales);
}

/* --- Threads: some add, one takes. --- */

struct run {
	struct stales stales;
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
		assert_true(stales_add(&run->stales, 1, name) > 0);
	}
	return NULL;
}

static void *taker(void *arg)
{
	struct run *run = arg;
	struct stale *stale;

	while ((stale = stales_take(&run->stales))) {
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

	stales_init(&run.stales);
	assert_int_equal(pthread_create(&one, NULL, taker, &run), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&adders[i], NULL, adder, &run), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(adders[i], NULL);
	last = stales_add(
		&run.stales, 1, "00"); /* no other says this: it comes after all of them */
	while (run.done < last)
		sched_yield();
	stales_stop(&run.stales);
	pthread_join(one, NULL);
	for (int i = 0; i < NAMES; i++)
		assert_int_equal(run.seen[i], run.changes[i]);
	stales_fini(&run.stales);
}

/* Who waits for news is woken by the end. */
static void test_stopped_while_waiting(void **state)
{
	static struct run run;
	pthread_t one;

	stales_init(&run.stales);
	assert_int_equal(pthread_create(&one, NULL, taker, &run), 0);
	stales_stop(&run.stales);
	assert_int_equal(pthread_join(one, NULL), 0);
	stales_fini(&run.stales);
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
