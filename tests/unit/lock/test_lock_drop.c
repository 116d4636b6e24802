/* How a lock ends, or is not got: unlocked, closed, lost with its key or its lease, interrupted,
 * and with an etcd that does not answer. Nothing is left in the line. Statements: 403, 404, 407,
 * 410, 414, 415. */
#include "tests/unit/lock/lockers.h"

static struct locker a = {.owner = 1}, b = {.owner = 2}, c = {.owner = 3};

static void let_go(struct locker *locker)
{
	locks_release(&bare.locks, ID, locker->owner);
	answer_all();
}

static void closed(void **state)
{
	(void)state;
	locker_flock(&a, TRIES, true);
	locker_flock(&b, WAITS, true);
	let_go(&c); /* has nothing */
	expect(&b, WAITING);
	let_go(&a);
	expect(&b, 0);
	locker_begin(&b, locker_drop);
	expect(&b, WAITING); /* until the key is deleted */
	answer_all();
	expect(&b, 0);
	locker_begin(&b, locker_drop);
	expect(&b, 0);
}

/* The key is deleted by somebody. Its owner has not ended the lock yet; others go on. */
static void lost(void **state)
{
	(void)state;
	locker_flock(&a, TRIES, true);
	locker_flock(&b, WAITS, true);
	bare_delete(key_of_lock(1));
	answer_all();
	expect(&b, 0);
	expect_numbers(1, 0, 1);
	assert_int_equal(bare.fence.n_lost, 1);
	locker_flock(&a, WAITS, true);
	expect(&a, EIO);
	locker_fcntl(&a, WAITS, true, 0, 9); /* the other kind is another lock */
	expect(&a, 0);
	locker_end(&a);
	a.lock.kind = LOCK_FLOCK;
	locker_begin(&a, locker_unlock);
	expect(&a, 0); /* without a question to etcd */
	assert_int_equal(bare.fence.n_lost, 0);
	locker_flock(&a, TRIES, true);
	expect(&a, EAGAIN);
	let_go(&b);
}

/* Of a waiting one: it is asked for anew. */
static void lost_while_it_waits(void **state)
{
	(void)state;
	locker_flock(&a, TRIES, true);
	locker_flock(&b, WAITS, true);
	bare_delete(key_of_lock(2));
	answer_all();
	expect(&b, WAITING);
	assert_true(has_key(3));
	let_go(&a);
	expect(&b, 0);
	expect_numbers(1, 0, 0);
	let_go(&b);
}

/* One that wants to be exclusive waits, when the shared one of its owner is lost. */
static void lost_under_an_upgrade(void **state)
{
	(void)state;
	locker_fcntl(&b, TRIES, false, 0, 9);
	locker_fcntl(&a, TRIES, false, 0, 9);
	locker_fcntl(&a, WAITS, true, 0, 9);
	expect(&a, WAITING);
	bare_delete(key_of_lock(2));
	answer_all();
	expect(&a, EIO);
	assert_false(has_key(3));
	let_go(&a);
	let_go(&b);
}

static void another_lease(void **state)
{
	(void)state;
	locker_flock(&a, TRIES, true);
	locker_flock(&b, WAITS, true);
	bare_delete(key_of_lock(1));
	bare_delete(key_of_lock(2));
	bare.lease.id = LEASE + 1;
	answer_all();
	expect(&b, 0);
	assert_non_null(bare_value(QUEUE "8.3"));
	expect_numbers(1, 0, 1);
	let_go(&a);
	let_go(&b);
}

static void in_doubt(void **state)
{
	(void)state;
	locker_flock(&a, TRIES, true);
	locker_fcntl(&b, TRIES, true, 0, 9);
	assert_null(fence_next_in(&bare.fence, FENCE_DOUBTED, NULL));
	locks_doubt(&bare.locks, true);
	assert_null(fence_next_in(&bare.fence, FENCE_HELD, NULL));
	expect_numbers(2, 0, 0);
	bare_delete(key_of_lock(1));
	answer_all();
	expect_numbers(1, 0, 1);
	locker_fcntl(&c, TRIES, true, 10, 19);
	assert_non_null(fence_next_in(&bare.fence, FENCE_HELD, NULL));
	locks_doubt(&bare.locks, true); /* told again */
	assert_null(fence_next_in(&bare.fence, FENCE_HELD, NULL));
	bare.lease.id = LEASE + 1; /* of which that says nothing */
	locks_doubt(&bare.locks, false);
	assert_non_null(fence_next_in(&bare.fence, FENCE_DOUBTED, NULL));
	bare.lease.id = LEASE;
	locks_doubt(&bare.locks, false);
	assert_null(fence_next_in(&bare.fence, FENCE_DOUBTED, NULL));
	assert_non_null(fence_next_in(&bare.fence, FENCE_LOST, NULL));
	let_go(&a);
	let_go(&b);
	let_go(&c);
}

static void interrupted(void **state)
{
	(void)state;
	locker_flock(&a, TRIES, true);
	locker_flock(&b, WAITS, true);
	locker_flock(&c, WAITS, false);
	bare_interrupt(&b.req);
	answer_all();
	expect(&b, EINTR);
	assert_false(has_key(2));
	let_go(&a);
	expect(&c, 0);
	let_go(&c);
}

/* The key is there, and its caller is gone before etcd has said so. */
static void interrupted_while_it_is_put(void **state)
{
	(void)state;
	locker_wish(&a, LOCK_FLOCK, WAITS, true, 0, EVER);
	locker_begin(&a, locker_take);
	bare_interrupt(&a.req);
	bare_run();
	answer_all();
	expect(&a, EINTR);
	assert_false(has_key(1));
}

/* Nobody knows whether the key is there. Who waits asks for the same key again. */
static void unknown_while_it_waits(void **state)
{
	(void)state;
	locker_wish(&a, LOCK_FLOCK, WAITS, true, 0, EVER);
	locker_begin(&a, locker_take);
	bare_refuse_txn(ETCD_E_UNKNOWN);
	expect(&a, WAITING);
	expect_numbers(0, 1, 0);
	bare_wait(100);
	answer_all();
	expect(&a, 0);
	assert_true(has_key(1));
	let_go(&a);
	locker_begin(&a, locker_take);
	bare_refuse_txn(ETCD_E_UNKNOWN);
	bare_put_own(key_of_lock(2), "", LEASE); /* it was */
	bare_wait(100);
	assert_int_equal(bare_n_txns(), 0);
	expect(&a, 0);
	let_go(&a);
}

/* The key of who does not wait is deleted, until etcd says so. */
static void unknown_and_not_to_wait(void **state)
{
	(void)state;
	locker_wish(&a, LOCK_FLOCK, TRIES, true, 0, EVER);
	locker_begin(&a, locker_take);
	bare_refuse_txn(ETCD_E_UNKNOWN);
	expect(&a, ETIMEDOUT);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(bare_n_txns(), 1);
		bare_refuse_txn(ETCD_E_UNKNOWN);
		bare_wait(100);
	}
	answer_all();
	assert_int_equal(bare.locks.n_requests, 0);
}

static void refused(void **state)
{
	(void)state;
	locker_wish(&a, LOCK_FLOCK, WAITS, true, 0, EVER);
	locker_begin(&a, locker_take);
	bare_refuse_txn(-EACCES);
	expect(&a, EACCES);
	assert_int_equal(bare.locks.n_requests, 0);
}

/* It is held no longer from the first moment on, though etcd does not answer. */
static void unlocked_without_an_answer(void **state)
{
	(void)state;
	locker_flock(&a, TRIES, true);
	locker_begin(&a, locker_unlock);
	expect_numbers(0, 0, 0);
	locker_flock(&b, TRIES, true);
	expect(&b, 0);
	expect(&a, 0);
	locker_begin(&b, locker_unlock);
	bare_wait(TIMEOUT_MS);
	expect(&b, ETIMEDOUT);
	bare_refuse_txn(ETCD_E_UNKNOWN);
	bare_wait(100);
	answer_all();
	assert_false(has_key(2));
}

/* A put that nobody waits for any more happens after its key was deleted. */
static void a_late_put(void **state)
{
	(void)state;
	bare_put_own(key_of_lock(9), "", LEASE);
	answer_all();
	assert_false(has_key(9));
	bare_put_own(QUEUE "99.1", "", 0); /* another's */
	answer_all();
	assert_non_null(bare_value(QUEUE "99.1"));
	bare_delete(QUEUE "99.1");
}

static void the_mount_ends(void **state)
{
	(void)state;
	locker_flock(&a, TRIES, true);
	locker_flock(&b, WAITS, true);
	locks_end(&bare.locks);
	answer_all();
	expect(&b, ENOTCONN);
	locker_flock(&c, WAITS, true);
	expect(&c, ENOTCONN);
	let_go(&a);
}

/* What excludes a wish: F_GETLK. */
static bool excludes(struct locker *locker, bool exclusive, struct range *ret)
{
	struct op *op = op_new(&bare.requests, NULL, ID);
	bool there;
	int error;

	op->lock = locker->lock;
	op->lock.exclusive = exclusive;
	there = locks_test(&bare.locks, op, BYTES_LITERAL("key"), ret, &error);
	assert_int_equal(error, 0);
	op_start(op, locker_done);
	bare_run();
	return there;
}

static void asked(void **state)
{
	struct range range;

	(void)state;
	locker_fcntl(&a, TRIES, false, 5, 9);
	locker_wish(&b, LOCK_FCNTL, TRIES, true, 0, 5);
	assert_true(excludes(&b, true, &range));
	assert_int_equal(range.first, 5);
	assert_false(range.exclusive);
	assert_false(excludes(&b, false, &range));
	assert_false(excludes(&a, true, &range)); /* its own */
	bare_put_own(QUEUE "99.1", "", 0);
	assert_true(excludes(&b, false, &range));
	assert_false(excludes(&a, false, &range)); /* it has that already */
	assert_true(range.exclusive);
	assert_int_equal(range.last, RANGE_END);
	bare_delete(QUEUE "99.1");
	let_go(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOCK_TEST(closed),
		LOCK_TEST(lost),
		LOCK_TEST(lost_while_it_waits),
		LOCK_TEST(lost_under_an_upgrade),
		LOCK_TEST(another_lease),
		LOCK_TEST(in_doubt),
		LOCK_TEST(interrupted),
		LOCK_TEST(interrupted_while_it_is_put),
		LOCK_TEST(unknown_while_it_waits),
		LOCK_TEST(unknown_and_not_to_wait),
		LOCK_TEST(refused),
		LOCK_TEST(unlocked_without_an_answer),
		LOCK_TEST(a_late_put),
		LOCK_TEST(the_mount_ends),
		LOCK_TEST(asked),
	};

	return cmocka_run_group_tests_name("lock_drop", tests, NULL, NULL);
}
