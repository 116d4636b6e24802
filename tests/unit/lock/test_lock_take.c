/* Who gets a lock, and when: among those of one mount, with those of others in the line, and how
 * one of an owner becomes another. Statements: 395, 396, 398, 400, 408, 411. */
#include "tests/unit/lock/lockers.h"

#include "tests/lib/alloc.h"

#define OTHER QUEUE "99.1"

static struct locker a = {.owner = 1}, b = {.owner = 2}, c = {.owner = 3}, d = {.owner = 4};

static const char *value_of(unsigned n)
{
	const char *value = bare_value(key_of_lock(n));

	assert_non_null(value);
	return value;
}

static bool says(unsigned n, const char *words)
{
	return strstr(value_of(n), words) != NULL;
}

/* One transaction each for the lock and for its end. */
static void alone(void **state)
{
	int64_t revision = bare_revision();

	(void)state;
	locker_flock(&a, TRIES, true);
	expect(&a, 0);
	assert_true(has_key(1));
	expect_numbers(1, 0, 0);
	locker_end(&a);
	assert_false(has_key(1));
	assert_int_equal(bare_revision(), revision + 2);
	locker_flock(&a, WAITS, false);
	expect(&a, 0);
	assert_true(says(2, "shared"));
	locker_end(&a);
}

static void first_come_first_served(void **state)
{
	(void)state;
	locker_flock(&a, WAITS, true);
	locker_flock(&b, WAITS, false);
	locker_flock(&c, WAITS, true);
	locker_flock(&d, WAITS, false);
	expect(&a, 0);
	expect(&b, WAITING);
	expect_numbers(1, 3, 0);
	locker_end(&a);
	expect(&b, 0);
	expect(&c, WAITING);
	expect(&d, WAITING); /* the exclusive one comes before */
	locker_end(&b);
	expect(&c, 0);
	expect(&d, WAITING);
	locker_end(&c);
	expect(&d, 0);
	locker_end(&d);
}

/* Who does not wait is behind those that do, and leaves nothing. */
static void who_does_not_wait(void **state)
{
	int64_t revision;

	(void)state;
	locker_flock(&a, WAITS, false);
	locker_flock(&b, TRIES, false);
	expect(&b, 0);
	locker_flock(&c, TRIES, true);
	expect(&c, EAGAIN);
	locker_flock(&c, WAITS, true);
	revision = bare_revision();
	locker_flock(&d, TRIES, false);
	expect(&d, EAGAIN);
	assert_int_equal(bare_revision(), revision);
	locker_end(&a);
	locker_end(&b);
	expect(&c, 0);
	locker_end(&c);
}

/* The mirror shows nobody, and another comes first: etcd refuses the key. */
static void another_is_faster(void **state)
{
	(void)state;
	locker_wish(&a, LOCK_FLOCK, TRIES, true, 0, EVER);
	locker_begin(&a, locker_take);
	bare_put_own(OTHER, "", 0);
	bare_answer_txn();
	assert_false(has_key(1));
	answer_all();
	expect(&a, EAGAIN);
	locker_wish(&a, LOCK_FLOCK, WAITS, true, 0, EVER);
	bare_delete(OTHER);
	locker_begin(&a, locker_take);
	bare_put_own(OTHER, "", 0);
	answer_all();
	expect(&a, WAITING);
	bare_delete(OTHER);
	answer_all();
	expect(&a, 0);
	locker_end(&a);
}

/* An empty value is etcdctl's: exclusive. */
static void others_in_the_line(void **state)
{
	(void)state;
	bare_put_own(OTHER, "{\"mode\":\"shared\"}", 0);
	locker_flock(&a, TRIES, false);
	expect(&a, 0);
	locker_flock(&b, TRIES, true);
	expect(&b, EAGAIN);
	locker_flock(&b, WAITS, true);
	locker_end(&a);
	expect(&b, WAITING);
	bare_delete(OTHER);
	answer_all();
	expect(&b, 0);
	bare_put_own(OTHER, "", 0);
	locker_flock(&a, WAITS, false);
	bare_put_own(QUEUE "99.2", "", 0); /* behind it */
	locker_end(&b);
	expect(&a, WAITING);
	bare_delete(OTHER);
	answer_all();
	expect(&a, 0);
	locker_end(&a);
	bare_delete(QUEUE "99.2");
	bare_put_own(key_of_lock(99), "", LEASE + 1); /* somebody else's, whatever its name */
	locker_flock(&a, TRIES, true);
	expect(&a, EAGAIN);
	bare_delete(key_of_lock(99));
}

static void ranges_of_one_mount(void **state)
{
	(void)state;
	locker_fcntl(&a, WAITS, true, 0, 9);
	locker_fcntl(&b, TRIES, true, 10, 19);
	expect(&a, 0);
	expect(&b, 0);
	locker_fcntl(&c, WAITS, false, 5, 14);
	locker_fcntl(&d, WAITS, true, 14, 14); /* behind it */
	locker_end(&a);
	expect(&c, WAITING);
	locker_end(&b);
	expect(&c, 0);
	expect(&d, WAITING);
	locker_end(&c);
	expect(&d, 0);
	locker_end(&d);
}

/* On one mount flock(2) and fcntl(2) do not concern each other, and between mounts they do. */
static void two_kinds(void **state)
{
	(void)state;
	locker_flock(&a, TRIES, true);
	locker_fcntl(&b, TRIES, true, 0, EVER);
	expect(&a, 0);
	expect(&b, 0);
	bare_put_own(OTHER, "", 0);
	locker_fcntl(&c, TRIES, true, 0, EVER);
	expect(&c, EAGAIN);
	locker_end(&a);
	locker_flock(&a, TRIES, true);
	expect(&a, EAGAIN);
	locker_end(&b);
	bare_delete(OTHER);
}

/* The key says that none of its own mount excludes it, if that is so when it is put. */
static void keys_beside(void **state)
{
	(void)state;
	locker_fcntl(&a, WAITS, true, 0, 9);
	locker_fcntl(&b, WAITS, true, 10, 19);
	locker_fcntl(&c, WAITS, true, 5, 5);
	locker_flock(&d, WAITS, true);
	assert_true(says(1, "beside") && says(2, "beside") && says(4, "beside"));
	assert_false(says(3, "beside"));
	locker_end(&a);
	expect(&c, 0);
	locker_end(&b);
	locker_end(&c);
	locker_end(&d);
	/* Those whose keys are under way count as well. */
	locker_wish(&a, LOCK_FLOCK, WAITS, true, 0, EVER);
	locker_wish(&b, LOCK_FLOCK, WAITS, true, 0, EVER);
	locker_begin(&a, locker_take);
	locker_begin(&b, locker_take);
	answer_all();
	assert_true(says(5, "beside"));
	assert_false(says(6, "beside"));
	locker_end(&a);
	locker_end(&b);
}

/* More ranges of an owner cost nothing, and neither do fewer, until it has none. */
static void more_of_one_owner(void **state)
{
	int64_t revision;

	(void)state;
	locker_fcntl(&a, TRIES, true, 0, 9);
	revision = bare_revision();
	locker_fcntl(&a, TRIES, false, 20, 29);
	locker_fcntl(&a, TRIES, true, 40, 49);
	expect(&a, 0);
	expect_numbers(1, 0, 0);
	assert_int_equal(bare_revision(), revision);
	locker_fcntl(&b, TRIES, true, 25, 25);
	expect(&b, EAGAIN);
	locker_wish(&a, LOCK_FCNTL, TRIES, true, 20, 49);
	locker_end(&a);
	assert_int_equal(bare_revision(), revision);
	locker_fcntl(&b, TRIES, true, 25, 25);
	expect(&b, 0);
	locker_fcntl(&a, WAITS, true, 25, 25); /* without a key of its own */
	expect(&a, WAITING);
	locker_end(&b);
	expect(&a, 0);
	locker_wish(&a, LOCK_FCNTL, TRIES, true, 0, EVER);
	locker_end(&a);
	assert_false(has_key(1));
}

/* The key becomes exclusive where it is, and shared again. */
static void in_place(void **state)
{
	(void)state;
	locker_fcntl(&a, TRIES, false, 0, EVER);
	locker_fcntl(&a, TRIES, true, 0, 9);
	expect(&a, 0);
	assert_true(says(1, "exclusive"));
	locker_fcntl(&a, TRIES, false, 0, 9);
	expect(&a, 0);
	assert_true(says(1, "shared"));
	expect_numbers(1, 0, 0);
	locker_wish(&a, LOCK_FCNTL, TRIES, true, 0, EVER);
	locker_end(&a);
}

/* With another in the line a second key waits, and the first is kept. */
static void not_in_place(void **state)
{
	(void)state;
	bare_put_own(OTHER, "{\"mode\":\"shared\"}", 0);
	locker_fcntl(&a, TRIES, false, 0, EVER);
	locker_fcntl(&a, TRIES, true, 0, EVER);
	expect(&a, EAGAIN);
	locker_fcntl(&a, WAITS, true, 0, EVER);
	expect(&a, WAITING);
	assert_true(has_key(1) && has_key(3)); /* 2 was tried */
	bare_delete(OTHER);
	answer_all();
	expect(&a, 0);
	answer_all();
	assert_false(has_key(1));
	assert_true(has_key(3));
	expect_numbers(1, 0, 0);
	locker_end(&a);
}

/* An exclusive one of another mount waits for the shared one, which would wait for it. */
static void each_for_the_other(void **state)
{
	(void)state;
	locker_fcntl(&a, TRIES, false, 0, EVER);
	bare_put_own(OTHER, "", 0);
	locker_fcntl(&a, WAITS, true, 0, EVER);
	expect(&a, EDEADLK);
	answer_all();
	assert_true(has_key(1));
	assert_false(has_key(2));
	bare_delete(OTHER);
	/* Of one mount, by their ranges. */
	locker_fcntl(&b, TRIES, false, 0, EVER);
	locker_fcntl(&a, WAITS, true, 0, EVER);
	expect(&a, WAITING);
	locker_fcntl(&b, WAITS, true, 0, EVER);
	expect(&b, EDEADLK);
	locker_end(&b);
	expect(&a, 0);
	locker_end(&a);
}

/* flock(2) gives the shared one up in the transaction that asks for the exclusive one. */
static void flock_anew(void **state)
{
	(void)state;
	locker_flock(&a, TRIES, false);
	locker_flock(&b, TRIES, false);
	locker_flock(&a, TRIES, true);
	expect(&a, EAGAIN);
	assert_true(has_key(1));
	locker_flock(&a, WAITS, true);
	expect(&a, WAITING);
	assert_false(has_key(1));
	expect_numbers(1, 1, 0);
	locker_flock(&b, WAITS, true); /* the only one that has it */
	expect(&b, 0);
	expect(&a, WAITING);
	locker_end(&b);
	expect(&a, 0);
	locker_end(&a);
}

/* The watch is faster than the answer to that transaction: nothing is lost. */
static void flock_anew_and_the_watch_first(void **state)
{
	(void)state;
	locker_flock(&a, TRIES, false);
	locker_flock(&b, TRIES, false);
	locker_wish(&a, LOCK_FLOCK, WAITS, true, 0, EVER);
	locker_begin(&a, locker_take);
	bare_delete(key_of_lock(1));
	bare_run();
	expect_numbers(1, 1, 0);
	answer_all();
	expect(&a, WAITING);
	locker_end(&b);
	expect(&a, 0);
	locker_end(&a);
}

/* The Nth allocation fails: it is held or not, and nothing else. */
static void without_memory(void **state)
{
	int n = 0;

	(void)state;
	do {
		locker_wish(&a, LOCK_FCNTL, n % 2, true, 0, 9);
		a.req = (struct bare_req){0};
		alloc_fail_after(n++);
		struct op *op = op_new(&bare.requests, bare_fuse(&a.req), ID);
		if (op) {
			op->lock = a.lock;
			op->patient = a.lock.waits;
			op_start(op, locker_take);
			bare_run();
		}
		alloc_fail_never();
		answer_all();
		bare_wait(100);
		answer_all();
		assert_int_equal(a.req.replies, 1);
		assert_true(a.req.error == 0 || a.req.error == ENOMEM);
		if (a.req.error)
			expect_numbers(0, 0, 0);
	} while (a.req.error);
	assert_true(n > 5);
	locker_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOCK_TEST(alone),
		LOCK_TEST(first_come_first_served),
		LOCK_TEST(who_does_not_wait),
		LOCK_TEST(another_is_faster),
		LOCK_TEST(others_in_the_line),
		LOCK_TEST(ranges_of_one_mount),
		LOCK_TEST(two_kinds),
		LOCK_TEST(keys_beside),
		LOCK_TEST(more_of_one_owner),
		LOCK_TEST(in_place),
		LOCK_TEST(not_in_place),
		LOCK_TEST(each_for_the_other),
		LOCK_TEST(flock_anew),
		LOCK_TEST(flock_anew_and_the_watch_first),
		LOCK_TEST(without_memory),
	};

	return cmocka_run_group_tests_name("lock_take", tests, NULL, NULL);
}
