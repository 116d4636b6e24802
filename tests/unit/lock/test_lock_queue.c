/* Which lock an owner has: of each node and kind its own, from the grant to the end. */
#include "fs/lock/lock_private.h"
#include "tests/lib/bare_mount.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { N_IDS = 3, N_OWNERS = 20 };

static struct lock_queue *queue;

static int setup(void **state)
{
	(void)state;
	bare_start(5000);
	return lock_queue_get(&bare.locks, BYTES_LITERAL("key"), &queue);
}

static int teardown(void **state)
{
	struct lock_request *request;

	(void)state;
	while ((request = lock_request_first(&bare.locks, 0)))
		lock_request_free(request);
	assert_true(RB_EMPTY(&bare.locks.holders));
	lock_queue_put(queue);
	bare_run();
	bare_end();
	return 0;
}

static struct lock_request *add(uint64_t id, enum lock_kind kind, uint64_t owner)
{
	struct lock_request *request = lock_request_new(queue, kind, id);

	assert_non_null(request);
	request->range.owner = owner;
	return request;
}

static struct lock_request *holder(uint64_t id, enum lock_kind kind, uint64_t owner)
{
	return locks_holder(&bare.locks, kind, id, owner);
}

/* Owners are sometimes near the ends of their numbers, as the kernel's hashes are. */
static uint64_t owner_of(uint64_t n)
{
	return n * (UINT64_MAX / (N_OWNERS - 1));
}

static void each_owner_has_its_own(void **state)
{
	struct lock_request *all[N_IDS][LOCK_KINDS][N_OWNERS];

	(void)state;
	for (uint64_t id = 0; id < N_IDS; id++)
		for (unsigned kind = 0; kind < LOCK_KINDS; kind++)
			for (uint64_t n = 0; n < N_OWNERS; n++)
				all[id][kind][n] = add(id, kind, owner_of(n));
	for (uint64_t id = 0; id < N_IDS; id++)
		for (unsigned kind = 0; kind < LOCK_KINDS; kind++)
			for (uint64_t n = (id + kind) % 2; n < N_OWNERS; n += 2)
				lock_request_become(all[id][kind][n], LOCK_GRANTED);
	for (uint64_t id = 0; id < N_IDS; id++)
		for (unsigned kind = 0; kind < LOCK_KINDS; kind++)
			for (uint64_t n = 0; n < N_OWNERS; n++)
				assert_ptr_equal(holder(id, kind, owner_of(n)),
					(id + kind + n) % 2 ? NULL : all[id][kind][n]);
}

static void who_waits_has_nothing(void **state)
{
	struct lock_request *request = add(1, LOCK_FLOCK, 7);

	(void)state;
	lock_request_become(request, LOCK_WAITING);
	assert_null(holder(1, LOCK_FLOCK, 7));
	assert_null(lock_holder_of(request));
	lock_request_become(request, LOCK_GRANTED);
	assert_int_equal(request->state, LOCK_GRANTED);
	assert_ptr_equal(lock_holder_of(request), request);
}

static void what_is_lost_is_its_owners_until_it_is_ended(void **state)
{
	struct lock_request *request = add(1, LOCK_FCNTL, 7);

	(void)state;
	lock_request_become(request, LOCK_GRANTED);
	lock_request_become(request, LOCK_LOST);
	assert_ptr_equal(holder(1, LOCK_FCNTL, 7), request);
	lock_request_free(request);
	assert_null(holder(1, LOCK_FCNTL, 7));
}

static void a_newer_one_takes_the_place(void **state)
{
	struct lock_request *old = add(1, LOCK_FLOCK, 7), *new = add(1, LOCK_FLOCK, 7);

	(void)state;
	lock_request_become(old, LOCK_GRANTED);
	assert_ptr_equal(lock_holder_of(new), old);
	lock_request_become(old, LOCK_GOING);
	assert_int_equal(old->state, LOCK_GOING);
	assert_null(lock_holder_of(new));
	lock_request_become(new, LOCK_GRANTED);
	lock_request_become(old, LOCK_GOING);
	lock_request_free(old);
	assert_ptr_equal(holder(1, LOCK_FLOCK, 7), new);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_owner_has_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(who_waits_has_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_is_lost_is_its_owners_until_it_is_ended, setup, teardown),
		cmocka_unit_test_setup_teardown(a_newer_one_takes_the_place, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
