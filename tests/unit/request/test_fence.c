/* Which changes a lock guards, what they compare, and what becomes of them when it is lost. */
#include "tests/lib/bare_mount.h"

#include "fs/ops/ops.h"
#include "tests/lib/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define LOCK "lock" /* the lock's key; the bare etcd keeps names short */

static struct fence *fence;
static struct txn txn;
static struct fence_guard guard;

static int setup(void **state)
{
	(void)state;
	bare_start(5000);
	fence = &bare.fence;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fence_leave(&guard);
	txn_clear(&txn);
	assert_true(RB_EMPTY(&fence->files));
	assert_true(TAILQ_EMPTY(&fence->dirs));
	assert_int_equal(fence->n_lost, 0);
	bare_end();
	return 0;
}

static struct fenced *lock_file(const char *key, int64_t revision)
{
	const struct fence_place place = {.id = 7, .name = bytes_of(key)};

	return fence_add(fence, &place, bytes_of(LOCK), revision);
}

static struct fenced *lock_below(const char *prefix, int64_t revision)
{
	const struct fence_place place = {.id = 8, .below = true, .name = bytes_of(prefix)};

	return fence_add(fence, &place, bytes_of(LOCK), revision);
}

/* How many compares are added to a transaction with one operation; or -errno. */
static int guards(void)
{
	int r = fence_guard(fence, &txn, &guard);
	int n = r ? r : (int)txn.n_compares;

	assert_int_equal(r ? 0 : guard.n, r ? 0 : txn.n_compares);
	fence_leave(&guard);
	txn_clear(&txn);
	return n;
}

static int put(const char *key)
{
	txn_put(&txn, bytes_of(key), (struct bytes){0}, 0);
	return guards();
}

static int delete_range(const char *from, const char *to)
{
	txn_delete_between(&txn, bytes_of(from), bytes_of(to));
	return guards();
}

static void test_file(void **state)
{
	struct fenced *lock = lock_file("a/b", 5);

	(void)state;
	assert_int_equal(put("a/b"), 1);
	assert_int_equal(put("a/bc"), 0);
	assert_int_equal(put("a/b/"), 0);
	assert_int_equal(put("a"), 0);
	assert_int_equal(delete_range("a/", "a0"), 1);
	assert_int_equal(delete_range("a/b", "a/c"), 1);
	assert_int_equal(delete_range("a/", "a/b"), 0);
	assert_int_equal(delete_range("a/b/", "a/b0"), 0);
	txn_delete(&txn, bytes_of("a/b"));
	txn_put(&txn, bytes_of("a/b"), (struct bytes){0}, 0);
	assert_int_equal(guards(), 1); /* once */
	fence_end(lock);
	assert_int_equal(put("a/b"), 0);
}

static void test_compare(void **state)
{
	struct fenced *lock = lock_file("a", 5);

	(void)state;
	txn_put(&txn, bytes_of("a"), (struct bytes){0}, 0);
	assert_int_equal(fence_guard(fence, &txn, &guard), 0);
	assert_true(bytes_equal(txn.compares[0].key, bytes_of(LOCK)));
	assert_int_equal(txn.compares[0].target, ETCD_COMPARE_CREATE);
	assert_int_equal(txn.compares[0].result, ETCD_COMPARE_EQUAL);
	assert_int_equal(txn.compares[0].number, 5);
	fence_end(lock);
}

static void test_below(void **state)
{
	struct fenced *lock = lock_below("a/", 5);

	(void)state;
	assert_int_equal(put("a/"), 1);
	assert_int_equal(put("a/b/c"), 1);
	assert_int_equal(put("a"), 0);
	assert_int_equal(put("a0"), 0);
	assert_int_equal(delete_range("a/b/", "a/b0"), 1);
	assert_int_equal(delete_range("a/", "a0"), 1);
	assert_int_equal(delete_range("", "b"), 1);
	assert_int_equal(delete_range("b/", "b0"), 0);
	fence_end(lock);
}

/* Of the root's lock too: a lost one could not be given up otherwise. */
static void test_own_keys(void **state)
{
	struct fenced *lock = lock_below("", 5);

	(void)state;
	assert_int_equal(put(".etcd/lock/a/1.1"), 0);
	assert_int_equal(put("a/.etcd/b"), 1);
	fence_lose(lock);
	assert_int_equal(put(".etcd/lock/a/1.1"), 0);
	assert_int_equal(put("a"), -EIO);
	fence_end(lock);
}

static void test_shared(void **state)
{
	struct fenced *first = lock_file("a", 5), *second = lock_file("a", 6);
	struct fenced *below = lock_below("", 7);

	(void)state;
	assert_int_equal(put("a"), 3);
	assert_int_equal(put("b"), 1);
	fence_end(first);
	assert_int_equal(put("a"), 2);
	fence_end(below);
	fence_end(second);
}

/* Until the owner gives it up; another file is not concerned; a newer lock lets it go on. */
static void test_lost(void **state)
{
	struct fenced *lock = lock_file("a", 5), *older = lock_file("a", 4), *newer;

	(void)state;
	fence_lose(lock);
	fence_lose(lock);
	assert_int_equal(put("a"), -EIO);
	assert_int_equal(put("b"), 0);
	assert_int_equal(fence_check(fence, bytes_of("a")), -EIO);
	assert_int_equal(fence_check(fence, bytes_of("b")), 0);
	newer = lock_file("a", 6);
	assert_int_equal(put("a"), 2);
	assert_int_equal(fence_check(fence, bytes_of("a")), 0);
	fence_end(newer);
	assert_int_equal(put("a"), -EIO);
	fence_end(lock);
	assert_int_equal(put("a"), 1);
	fence_end(older);
}

static void test_lost_below(void **state)
{
	struct fenced *lock = lock_below("a/", 5), *file = lock_file("a/b", 6);

	(void)state;
	fence_lose(lock);
	assert_int_equal(put("a/b"), -EIO); /* the file's lock is of another place */
	assert_int_equal(delete_range("a/", "a0"), -EIO);
	assert_int_equal(put("b"), 0);
	fence_end(file);
	fence_end(lock);
}

/* A change that is tried again belongs to the lock that guarded it first. */
static void test_again(void **state)
{
	struct fenced *lock = lock_file("a", 5);

	(void)state;
	txn_put(&txn, bytes_of("a"), (struct bytes){0}, 0);
	assert_int_equal(fence_guard(fence, &txn, &guard), 0);
	fence_lose(lock);
	fence_end(lock);
	assert_int_equal(fence_guard(fence, &txn, &guard), -EIO);
	fence_leave(&guard);
	lock = lock_file("a", 6);
	txn_clear(&txn);
	txn_put(&txn, bytes_of("a"), (struct bytes){0}, 0);
	assert_int_equal(fence_guard(fence, &txn, &guard), 0);
	fence_end(lock); /* given up, and not lost */
	txn_clear(&txn);
	txn_put(&txn, bytes_of("a"), (struct bytes){0}, 0);
	assert_int_equal(fence_guard(fence, &txn, &guard), 0);
	assert_int_equal(txn.n_compares, 0);
}

static void test_memory(void **state)
{
	struct fenced *lock = NULL;
	int r = -ENOMEM;

	(void)state;
	for (int n = 0; !lock; n++) {
		alloc_fail_after(n);
		lock = lock_file("a", 5);
		alloc_fail_never();
	}
	for (int n = 0; r == -ENOMEM; n++) {
		txn_clear(&txn);
		txn_put(&txn, bytes_of("a"), (struct bytes){0}, 0);
		alloc_fail_after(n);
		r = fence_guard(fence, &txn, &guard);
		alloc_fail_never();
		r = r == 0 ? txn_error(&txn) : r;
	}
	assert_int_equal(r, 0);
	assert_int_equal(txn.n_compares, 1);
	fence_end(lock);
}

/* --- On a mount --- */

static struct handle *handle;
static struct bare_req flush;

static void write_and_close(uint64_t node, const char *text)
{
	flush = (struct bare_req){0};
	handle = bare_open(node, O_WRONLY | O_TRUNC);
	bare_write(handle, 0, text);
	bare_flush(handle, &flush);
}

static void test_held(void **state)
{
	uint64_t node = bare_put("key", "old");
	struct fenced *lock;

	(void)state;
	bare_put(LOCK, "");
	lock = lock_file("key", bare_revision());
	write_and_close(node, "new");
	bare_answer_txn();
	assert_int_equal(flush.replies, 1);
	assert_int_equal(flush.error, 0);
	assert_string_equal(bare_value("key"), "new");
	bare_release(handle);
	fence_end(lock);
}

/* etcd refuses what was sent before the loss was known. */
static void test_lost_under_way(void **state)
{
	uint64_t node = bare_put("key", "old");
	struct fenced *lock;

	(void)state;
	bare_put(LOCK, "");
	lock = lock_file("key", bare_revision());
	write_and_close(node, "new");
	bare_delete(LOCK);
	fence_lose(lock);
	fence_end(lock);
	bare_answer_txn();
	assert_int_equal(flush.replies, 1);
	assert_int_equal(flush.error, EIO);
	assert_int_equal(bare_n_txns(), 0);
	assert_string_equal(bare_value("key"), "old");
	bare_release(handle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_compare, setup, teardown),
		cmocka_unit_test_setup_teardown(test_below, setup, teardown),
		cmocka_unit_test_setup_teardown(test_own_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shared, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost_below, setup, teardown),
		cmocka_unit_test_setup_teardown(test_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_held, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost_under_way, setup, teardown),
	};

	return cmocka_run_group_tests_name("fence", tests, NULL, NULL);
}
