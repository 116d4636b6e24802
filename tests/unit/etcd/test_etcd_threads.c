/* Requests and cancels from several threads at once, while one dispatches. */
#include "fs/base/lock.h"
#include "tests/lib/fixture.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { THREADS = 4, CALLS = 150 };

struct shared {
	struct etcd *etcd;
	struct lock lock;
	pthread_cond_t changed;
	unsigned ended, done, cancelled, other;
	bool stop;
};

static void on_reply(void *arg, int error, const struct etcd_reply *reply)
{
	struct shared *shared = arg;

	lock_take(&shared->lock);
	shared->ended++;
	if (error == 0)
		shared->done++;
	else if (error == -ECANCELED || error == ETCD_E_UNKNOWN)
		shared->cancelled++;
	else
		shared->other++;
	pthread_cond_signal(&shared->changed);
	lock_drop(&shared->lock);
}

static void *ask(void *arg)
{
	struct etcd_range range = {.key = BYTES_LITERAL("key")};
	struct shared *shared = arg;
	uint64_t id;

	for (int i = 0; i < CALLS; i++) {
		etcd_range(shared->etcd, &range, 10000, on_reply, shared, &id);
		if (i % 3 == 0)
			etcd_cancel(shared->etcd, id);
		put_one(shared->etcd, range.key, range.key, 10000, on_reply, shared, NULL);
		if (i % 5 == 0)
			etcd_cancel(shared->etcd, id);
	}
	return NULL;
}

static bool shared_stops(struct shared *shared)
{
	bool stop;

	lock_take(&shared->lock);
	stop = shared->stop;
	lock_drop(&shared->lock);
	return stop;
}

static void ignore(void *arg, int error, const struct etcd_reply *reply)
{
}

/* The dispatcher sleeps until something is posted. */
static void shared_stop(struct shared *shared, pthread_t dispatcher)
{
	struct etcd_range range = {.key = BYTES_LITERAL("key")};

	lock_take(&shared->lock);
	shared->stop = true;
	lock_drop(&shared->lock);
	etcd_range(shared->etcd, &range, 10000, ignore, NULL, NULL);
	pthread_join(dispatcher, NULL);
	pthread_cond_destroy(&shared->changed);
	lock_fini(&shared->lock);
}

static void *dispatch(void *arg)
{
	struct shared *shared = arg;

	while (!shared_stops(shared)) {
		struct pollfd pollfd = {.fd = etcd_fd(shared->etcd), .events = POLLIN};

		poll(&pollfd, 1, -1);
		etcd_dispatch(shared->etcd);
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct fixture *fixture = *state;
	struct shared shared = {.etcd = fixture->client.etcd};
	pthread_t askers[THREADS], dispatcher;

	lock_init(&shared.lock);
	pthread_cond_init(&shared.changed, NULL);
	assert_int_equal(pthread_create(&dispatcher, NULL, dispatch, &shared), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&askers[i], NULL, ask, &shared), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(askers[i], NULL);
	lock_take(&shared.lock);
	while (shared.ended < THREADS * CALLS * 2)
		pthread_cond_wait(&shared.changed, &shared.lock.mutex);
	lock_drop(&shared.lock);
	shared_stop(&shared, dispatcher);
	assert_int_equal(shared.ended, THREADS * CALLS * 2);
	assert_int_equal(shared.other, 0);
	assert_true(shared.done >= THREADS * CALLS);
	assert_int_equal(fake_etcd_accepted(fixture->fake), 1);
}

/* The dispatcher polls without a timeout: a post that does not wake it hangs the test. */
static void test_each_post_wakes(void **state)
{
	struct etcd_range range = {.key = BYTES_LITERAL("key")};
	struct fixture *fixture = *state;
	struct shared shared = {.etcd = fixture->client.etcd};
	pthread_t dispatcher;

	lock_init(&shared.lock);
	pthread_cond_init(&shared.changed, NULL);
	assert_int_equal(pthread_create(&dispatcher, NULL, dispatch, &shared), 0);
	for (unsigned i = 1; i <= 500; i++) {
		etcd_range(shared.etcd, &range, 10000, on_reply, &shared, NULL);
		lock_take(&shared.lock);
		while (shared.ended < i)
			pthread_cond_wait(&shared.changed, &shared.lock.mutex);
		lock_drop(&shared.lock);
	}
	shared_stop(&shared, dispatcher);
	assert_int_equal(shared.done, 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_threads),
		FIXTURE_TEST(test_each_post_wakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
