/* A loop gives events, timers and tasks their turns, whatever any of them does. */
#include "fs/base/loop.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#define FLOOD 100000 /* of an end, so that a loop that starves fails and does not hang */

struct fixture {
	struct loop loop;
	struct task task;
	struct task other;
	struct timer timer;
	struct source source;
	int fd;
	unsigned tasks, others, timers, events;
};

static int setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){.fd = eventfd(1, EFD_CLOEXEC)};
	*state = &fixture;
	return fixture.fd < 0 || loop_init(&fixture.loop) < 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	loop_fini(&fixture->loop);
	close(fixture->fd);
	return 0;
}

static void task_flood(void *arg)
{
	struct fixture *fixture = arg;

	if (++fixture->tasks < FLOOD)
		loop_post(&fixture->loop, &fixture->task);
}

static void other_count(void *arg)
{
	struct fixture *fixture = arg;

	fixture->others++;
}

static void timer_count(void *arg)
{
	struct fixture *fixture = arg;

	fixture->timers++;
}

static void event_count(void *arg, uint32_t epoll_events)
{
	struct fixture *fixture = arg;

	(void)epoll_events;
	fixture->events++;
}

/* Like requests that are answered from memory, each of which brings the next. */
static void test_tasks_starve_nobody(void **state)
{
	struct fixture *fixture = *state;
	struct loop *loop = &fixture->loop;

	fixture->task = (struct task){.run = task_flood, .arg = fixture};
	fixture->timer = (struct timer){.run = timer_count, .arg = fixture};
	loop_post(loop, &fixture->task);
	assert_int_equal(
		loop_watch(loop, &fixture->source, fixture->fd, EPOLLIN, event_count, fixture), 0);
	loop_timer_set(loop, &fixture->timer, 0);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(loop_turn(loop), 0);
	assert_true(fixture->tasks <= 4);
	assert_int_equal(fixture->timers, 1);
	assert_true(fixture->events >= 1);
}

/* A source that is always ready, beside the one by which other threads wake the loop. */
static void test_events_starve_nobody(void **state)
{
	struct fixture *fixture = *state;
	struct loop *loop = &fixture->loop;

	fixture->task = (struct task){.run = task_flood, .arg = fixture};
	assert_int_equal(
		loop_watch(loop, &fixture->source, fixture->fd, EPOLLIN, event_count, fixture), 0);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(loop_turn(loop), 0);
	loop_post(loop, &fixture->task);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(loop_turn(loop), 0);
	assert_true(fixture->tasks >= 2);
	assert_true(fixture->events >= 4);
}

static void task_post_other(void *arg)
{
	struct fixture *fixture = arg;

	fixture->tasks++;
	loop_post(&fixture->loop, &fixture->other);
}

/* The next turn waits for nothing else. */
static void test_task_of_a_task_is_run(void **state)
{
	struct fixture *fixture = *state;

	fixture->task = (struct task){.run = task_post_other, .arg = fixture};
	fixture->other = (struct task){.run = other_count, .arg = fixture};
	loop_post(&fixture->loop, &fixture->task);
	assert_int_equal(loop_turn(&fixture->loop), 0);
	assert_int_equal(fixture->tasks, 1);
	for (unsigned i = 0; i < 2 && !fixture->others; i++)
		assert_int_equal(loop_turn(&fixture->loop), 0);
	assert_int_equal(fixture->others, 1);
}

static void task_unpost_other(void *arg)
{
	struct fixture *fixture = arg;

	fixture->tasks++;
	loop_unpost(&fixture->loop, &fixture->other);
	loop_unpost(&fixture->loop, &fixture->other); /* one that is not posted is fine */
}

static void test_task_takes_one_back(void **state)
{
	struct fixture *fixture = *state;

	fixture->task = (struct task){.run = task_unpost_other, .arg = fixture};
	fixture->other = (struct task){.run = other_count, .arg = fixture};
	loop_post(&fixture->loop, &fixture->task);
	loop_post(&fixture->loop, &fixture->other);
	loop_post(&fixture->loop, &fixture->task); /* posted already: once */
	assert_int_equal(loop_turn(&fixture->loop), 0);
	assert_int_equal(fixture->tasks, 1);
	assert_int_equal(fixture->others, 0);
	loop_post(&fixture->loop, &fixture->other);
	assert_int_equal(loop_turn(&fixture->loop), 0);
	assert_int_equal(fixture->others, 1);
}

static void timer_flood(void *arg)
{
	struct fixture *fixture = arg;

	fixture->timers++;
	loop_timer_set(&fixture->loop, &fixture->timer, 0);
}

/* One that is due again at once has the rest of its millisecond. */
static void test_timers_starve_nobody(void **state)
{
	struct fixture *fixture = *state;
	struct loop *loop = &fixture->loop;

	fixture->timer = (struct timer){.run = timer_flood, .arg = fixture};
	fixture->other = (struct task){.run = other_count, .arg = fixture};
	loop_timer_set(loop, &fixture->timer, 0);
	loop_post(loop, &fixture->other);
	assert_int_equal(
		loop_watch(loop, &fixture->source, fixture->fd, EPOLLIN, event_count, fixture), 0);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(loop_turn(loop), 0);
	assert_true(fixture->timers >= 1);
	assert_int_equal(fixture->others, 1);
	assert_true(fixture->events >= 1);
}

static bool wake_waits(struct fixture *fixture)
{
	struct pollfd poller = {.fd = fixture->loop.wake_fd, .events = POLLIN};

	return poll(&poller, 1, 0) == 1;
}

static void *sleeper(void *arg)
{
	struct fixture *fixture = arg;

	loop_turn(&fixture->loop);
	return NULL;
}

static bool is_asleep(struct loop *loop)
{
	bool is_asleep;

	lock_take(&loop->lock);
	is_asleep = loop->is_asleep;
	lock_drop(&loop->lock);
	return is_asleep;
}

/* Patient tasks wait until there are enough of them, and then one wake-up is enough for all. */
static void test_patient_tasks_wake_together(void **state)
{
	struct fixture *fixture = *state;
	struct loop *loop = &fixture->loop;
	pthread_t thread;

	fixture->task = fixture->other = (struct task){.run = other_count, .arg = fixture};
	loop_set_enough(loop, 2);
	assert_int_equal(pthread_create(&thread, NULL, sleeper, fixture), 0);
	while (!is_asleep(loop))
		usleep(1000);
	loop_post_patiently(loop, &fixture->task);
	assert_false(wake_waits(fixture));
	assert_true(is_asleep(loop));
	loop_post_patiently(loop, &fixture->other);
	assert_true(wake_waits(fixture));
	pthread_join(thread, NULL);
	assert_int_equal(fixture->others, 2);
}

/* An urgent task wakes the loop, and takes the patient ones with it. */
static void test_urgent_task_wakes(void **state)
{
	struct fixture *fixture = *state;
	struct loop *loop = &fixture->loop;
	pthread_t thread;

	fixture->task = fixture->other = (struct task){.run = other_count, .arg = fixture};
	loop_set_enough(loop, SIZE_MAX);
	assert_int_equal(pthread_create(&thread, NULL, sleeper, fixture), 0);
	while (!is_asleep(loop))
		usleep(1000);
	loop_post_patiently(loop, &fixture->task);
	loop_post(loop, &fixture->other);
	pthread_join(thread, NULL);
	assert_int_equal(fixture->others, 2);
}

/* A loop that is awake needs no wake-up: it runs what is queued, patient or not, before it
 * sleeps. */
static void test_awake_loop_is_not_woken(void **state)
{
	struct fixture *fixture = *state;
	struct loop *loop = &fixture->loop;

	fixture->task = fixture->other = (struct task){.run = other_count, .arg = fixture};
	loop_set_enough(loop, SIZE_MAX);
	loop_post_patiently(loop, &fixture->task);
	loop_post(loop, &fixture->other);
	assert_false(wake_waits(fixture));
	assert_int_equal(loop_turn(loop), 0);
	assert_int_equal(fixture->others, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_tasks_starve_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(test_events_starve_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(test_task_of_a_task_is_run, setup, teardown),
		cmocka_unit_test_setup_teardown(test_task_takes_one_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_timers_starve_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(test_patient_tasks_wake_together, setup, teardown),
		cmocka_unit_test_setup_teardown(test_urgent_task_wakes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_awake_loop_is_not_woken, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
