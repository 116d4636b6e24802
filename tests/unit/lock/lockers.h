/* Callers of locks_take() and its like on a bare mount: the lock of the key "key" and its queue. */
#pragma once

#include "fs/lock/lease.h"
#include "fs/lock/lock_private.h"
#include "tests/lib/bare_mount.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define QUEUE ".etcd/lock/key/"
#define EVER RANGE_END

enum { ID = 5, LEASE = 7, TIMEOUT_MS = 5000 };

/* A process that wants a lock: one request at a time. */
struct locker {
	uint64_t owner;
	struct bare_req req;
	struct op_lock lock;
};

static void locker_done(struct op *op, int error)
{
	op_reply(op, error);
}

static void locker_take(struct op *op, int error)
{
	assert_int_equal(error, 0);
	locks_take(&bare.locks, op, BYTES_LITERAL("key"), locker_done);
}

static inline void locker_unlock(struct op *op, int error)
{
	assert_int_equal(error, 0);
	locks_unlock(&bare.locks, op, locker_done);
}

static inline void locker_drop(struct op *op, int error)
{
	assert_int_equal(error, 0);
	locks_drop(&bare.locks, op, locker_done);
}

/* Begins; etcd has not answered yet. */
static void locker_begin(struct locker *locker, op_fn *step)
{
	struct op *op;

	locker->req = (struct bare_req){0};
	op = op_new(&bare.requests, bare_fuse(&locker->req), ID);
	assert_non_null(op);
	op->lock = locker->lock;
	op->file.fh = locker->owner;
	op->patient = locker->lock.waits;
	op_start(op, step);
	bare_run();
}

static void answer_all(void)
{
	bare_run();
	for (int n = 0; bare_n_txns() || bare_n_questions(); n++) {
		assert_true(n < 100);
		bare_answer_revisions();
		if (bare_n_txns())
			bare_answer_txn();
	}
}

enum { TRIES, WAITS };

static void locker_wish(struct locker *locker, enum lock_kind kind, bool waits, bool exclusive,
	int64_t first, int64_t last)
{
	locker->lock = (struct op_lock){.kind = kind,
		.owner = locker->owner,
		.first = first,
		.last = last,
		.exclusive = exclusive,
		.waits = waits};
}

static inline void locker_flock(struct locker *locker, bool waits, bool exclusive)
{
	locker_wish(locker, LOCK_FLOCK, waits, exclusive, 0, EVER);
	locker_begin(locker, locker_take);
	answer_all();
}

static inline void locker_fcntl(
	struct locker *locker, bool waits, bool exclusive, int64_t first, int64_t last)
{
	locker_wish(locker, LOCK_FCNTL, waits, exclusive, first, last);
	locker_begin(locker, locker_take);
	answer_all();
}

/* Ends what it has asked for last. */
static inline void locker_end(struct locker *locker)
{
	locker_begin(locker, locker_unlock);
	answer_all();
	assert_int_equal(locker->req.replies, 1);
	assert_int_equal(locker->req.error, 0);
}

/* The reply that it has got: an errno, 0, or WAITING. */
#define WAITING (-1)
#define expect(locker, expected) expect_(locker, expected, __LINE__)

static inline void expect_(const struct locker *locker, int expected, int line)
{
	int is = locker->req.replies ? locker->req.error : WAITING;

	if (is != expected)
		fail_msg("line %d: %d, not %d", line, is, expected);
}

static inline void expect_numbers(size_t held, size_t waiting, uint64_t lost)
{
	struct lock_numbers numbers;

	locks_show(&bare.locks, &numbers);
	assert_int_equal(numbers.held, held);
	assert_int_equal(numbers.waiting, waiting);
	assert_int_equal(numbers.lost, lost);
}

/* The key of the mount's lock N: on its lease. */
static inline const char *key_of_lock(unsigned n)
{
	static char key[48];

	snprintf(key, sizeof(key), QUEUE "%x.%u", LEASE, n);
	return key;
}

static inline bool has_key(unsigned n)
{
	return bare_value(key_of_lock(n)) != NULL;
}

static int setup(void **state)
{
	(void)state;
	bare_start_leased(TIMEOUT_MS, LEASE);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	answer_all();
	expect_numbers(0, 0, bare.counters.counts[COUNTER_LOCKS_LOST]);
	assert_int_equal(bare.locks.n_requests, 0);
	assert_true(RB_EMPTY(&bare.locks.queues));
	assert_int_equal(bare.fence.n_lost, 0);
	bare_end();
	return 0;
}

#define LOCK_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
