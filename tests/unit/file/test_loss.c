/* What was open when a lock is lost: nothing of it is published, now or later, and it says so. */
#include "fs/file/loss.h"

#include "fs/mirror/mirror_private.h"
#include "tests/lib/bare_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define LOCK "lock"
#define READY (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM)

/* Poll handles are only counted. */
static struct fuse_pollhandle *const poll_of_a = (struct fuse_pollhandle *)1;
static int woken, destroyed;

int __wrap_fuse_lowlevel_notify_poll(struct fuse_pollhandle *poll);
void __wrap_fuse_pollhandle_destroy(struct fuse_pollhandle *poll);

int __wrap_fuse_lowlevel_notify_poll(struct fuse_pollhandle *poll)
{
	assert_ptr_equal(poll, poll_of_a);
	return woken++, 0;
}

void __wrap_fuse_pollhandle_destroy(struct fuse_pollhandle *poll)
{
	assert_ptr_equal(poll, poll_of_a);
	destroyed++;
}

static uint64_t a, b;
static struct fenced *lock;

static struct fenced *add(bool below, const char *name)
{
	const struct fence_place place = {.id = a, .below = below, .name = bytes_of(name)};

	return fence_add(&bare.fence, &place, bytes_of(LOCK), bare_revision());
}

static int setup(void **state)
{
	(void)state;
	bare_start(5000);
	a = bare_put("a", "old");
	b = bare_put("b", "old");
	bare_put(LOCK, "");
	lock = add(false, "a");
	woken = destroyed = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	loss_end(&bare.losses, lock);
	bare_run();
	assert_int_equal(bare.mirror->local_size, 0);
	bare_end();
	return 0;
}

static void lose(void)
{
	bare_delete(LOCK);
	loss_begin(&bare.losses, lock);
}

static void give_up(void)
{
	loss_end(&bare.losses, lock);
	lock = NULL;
}

static int write_to(struct handle *handle, const char *text)
{
	return handle_write(handle, 0, bytes_of(text), 100);
}

static int read_from(struct handle *handle)
{
	CLEANUP(value_unref) struct value *value = NULL;
	CLEANUP(buf) struct buf copy = {0};
	struct bytes bytes;

	return handle_read(handle, HANDLE_SNAPSHOT, 0, 100, &value, &copy, &bytes);
}

static int close_of(struct handle *handle)
{
	struct bare_req req = {0};

	bare_flush(handle, &req);
	assert_int_equal(req.replies, 1);
	return -req.error;
}

static void assert_lost(struct handle *handle)
{
	assert_int_equal(write_to(handle, "new"), -EIO);
	assert_int_equal(handle_append(handle, bytes_of("new"), 100), -EIO);
	assert_int_equal(handle_truncate(handle, 0, 100), -EIO);
	assert_int_equal(handle_allocate(handle, 0, 0, 10, 100), -EIO);
	assert_int_equal(read_from(handle), -EIO);
	assert_int_equal(close_of(handle), -EIO);
	assert_int_equal(bare_n_txns(), 0);
}

/* With nothing unpublished it can be used again when the lock was given up. */
static void test_idle(void **state)
{
	struct handle *handle = bare_open(a, O_RDWR), *other = bare_open(b, O_RDWR);

	(void)state;
	lose();
	assert_lost(handle);
	assert_int_equal(read_from(other), 0);
	assert_int_equal(write_to(other, "new"), 0);
	give_up();
	assert_int_equal(handle_recover(handle), 0);
	assert_int_equal(read_from(handle), 0);
	assert_int_equal(close_of(handle), 0);
	bare_release(other);
	bare_release(handle);
}

/* What it has written is gone for good, and its close says so. */
static void test_unpublished(void **state)
{
	struct handle *handle = bare_open(a, O_RDWR | O_TRUNC);

	(void)state;
	bare_write(handle, 0, "new");
	lose();
	assert_lost(handle);
	give_up();
	assert_int_equal(read_from(handle), 0);
	assert_int_equal(write_to(handle, "new"), -EIO);
	assert_int_equal(close_of(handle), -EIO);
	bare_release(handle);
	bare_run();
	assert_int_equal(bare_n_txns(), 0);
	assert_string_equal(bare_value("a"), "old");
}

/* The owner is told by its unlock, and goes on. */
static void test_recovered(void **state)
{
	struct handle *handle = bare_open(a, O_RDWR | O_TRUNC);
	struct bare_req req = {0};

	(void)state;
	bare_write(handle, 0, "new");
	lose();
	assert_int_equal(handle_recover(handle), 0); /* not yet */
	give_up();
	assert_int_equal(handle_recover(handle), -EIO);
	assert_int_equal(handle_recover(handle), 0);
	assert_int_equal(close_of(handle), 0);
	bare_write(handle, 0, "next");
	bare_flush(handle, &req);
	bare_answer_txn();
	assert_int_equal(req.error, 0);
	assert_string_equal(bare_value("a"), "next");
	bare_release(handle);
}

/* A mere O_TRUNC would be published by the release. */
static void test_truncated(void **state)
{
	struct handle *handle = bare_open(a, O_WRONLY | O_TRUNC);

	(void)state;
	lose();
	give_up();
	bare_release(handle);
	bare_run();
	assert_int_equal(bare_n_txns(), 0);
	assert_string_equal(bare_value("a"), "old");
}

/* etcd has it before the lock is lost, and the answer comes after that. */
static void test_published_before(void **state)
{
	struct handle *handle = bare_open(a, O_RDWR);
	struct bare_req req = {0};

	(void)state;
	bare_write(handle, 0, "new");
	bare_flush(handle, &req);
	loss_begin(&bare.losses, lock);
	bare_answer_txn();
	assert_int_equal(req.replies, 1);
	assert_int_equal(req.error, 0);
	give_up();
	assert_int_equal(handle_recover(handle), 0);
	assert_int_equal(read_from(handle), 0);
	bare_release(handle);
	bare_delete(LOCK);
}

/* What is under way at the loss is refused by etcd, or nobody knows: it is not tried again. The
 * second close waits for the first. */
static void test_under_way(void **state)
{
	struct handle *handle = bare_open(a, O_RDWR);
	struct bare_req first = {0}, second = {0};

	(void)state;
	bare_write(handle, 0, "new");
	bare_flush(handle, &first);
	bare_flush(handle, &second);
	assert_int_equal(bare_n_txns(), 1);
	lose();
	give_up();
	bare_answer_txn();
	assert_int_equal(first.error, EIO);
	assert_int_equal(second.replies, 1);
	assert_int_equal(second.error, EIO);
	assert_int_equal(bare_n_txns(), 0);
	assert_int_equal(close_of(handle), -EIO);
	bare_release(handle);
	assert_string_equal(bare_value("a"), "old");
}

static void test_unknown(void **state)
{
	struct handle *handle = bare_open(a, O_RDWR | O_TRUNC);
	struct bare_req req = {0};

	(void)state;
	bare_write(handle, 0, "new");
	bare_flush(handle, &req);
	lose();
	bare_refuse_txn(ETCD_E_UNKNOWN);
	assert_int_equal(req.error, ETIMEDOUT);
	give_up();
	assert_int_equal(close_of(handle), -EIO);
	bare_release(handle);
	bare_run();
	assert_int_equal(bare_n_txns(), 0);
}

/* Opened after the loss: it reads, and cannot be opened to write; one that could has written
 * nothing. */
static void test_later(void **state)
{
	struct handle *reader, *writer;

	(void)state;
	lose();
	reader = bare_open(a, O_RDONLY);
	assert_int_equal(read_from(reader), 0);
	assert_int_equal(loss_check(&bare.losses, a), -EIO);
	assert_int_equal(loss_check(&bare.losses, b), 0);
	give_up();
	assert_int_equal(loss_check(&bare.losses, a), 0);
	writer = bare_open(a, O_RDWR);
	bare_write(writer, 0, "new");
	bare_put(LOCK, "");
	lock = add(false, "a");
	fence_lose(lock); /* as if it were opened since */
	assert_int_equal(close_of(writer), -EIO);
	give_up();
	assert_int_equal(close_of(writer), -EIO);
	bare_release(writer);
	bare_release(reader);
	bare_run();
	assert_int_equal(bare_n_txns(), 0);
}

/* Of all that is below a directory, those that may write are lost. */
static void test_below(void **state)
{
	struct handle *reader = bare_open(b, O_RDONLY), *writer = bare_open(b, O_RDWR);

	(void)state;
	give_up();
	lock = add(true, "");
	lose();
	assert_lost(writer);
	assert_int_equal(read_from(reader), 0);
	give_up();
	assert_int_equal(read_from(writer), 0);
	bare_release(writer);
	bare_release(reader);
}

/* Until the last of two lost ones is given up. */
static void test_two(void **state)
{
	struct handle *handle = bare_open(a, O_RDWR);
	struct fenced *other = add(false, "a");

	(void)state;
	lose();
	loss_begin(&bare.losses, other);
	give_up();
	assert_lost(handle);
	loss_end(&bare.losses, other);
	assert_int_equal(read_from(handle), 0);
	bare_release(handle);
}

static void test_poll(void **state)
{
	struct handle *handle = bare_open(a, O_RDWR);

	(void)state;
	assert_int_equal(handle_poll(handle, POLLIN, poll_of_a), READY);
	assert_int_equal(destroyed, 1); /* it is ready */
	assert_int_equal(handle_poll(handle, POLLPRI, poll_of_a), READY);
	assert_int_equal(handle_poll(handle, 0, poll_of_a), READY);
	assert_int_equal(destroyed, 2); /* the older of two */
	assert_int_equal(woken, 0);
	lose();
	assert_int_equal(woken, 1);
	assert_int_equal(destroyed, 3);
	assert_int_equal(handle_poll(handle, 0, poll_of_a), READY | POLLERR | POLLPRI);
	give_up();
	assert_int_equal(handle_poll(handle, 0, NULL), READY);
	bare_release(handle);
	bare_run();
	assert_int_equal(destroyed, 4);
}

/* In doubt: polls are told, and all else goes on. */
static void test_doubt(void **state)
{
	struct handle *handle = bare_open(a, O_RDWR), *other = bare_open(b, O_RDWR);
	struct bare_req req = {0};

	(void)state;
	handle_poll(handle, POLLPRI, poll_of_a);
	loss_doubt(&bare.losses, lock);
	assert_int_equal(woken, 1);
	assert_int_equal(handle_poll(handle, POLLPRI, NULL), READY | POLLPRI);
	assert_int_equal(handle_poll(other, POLLPRI, NULL), READY);
	bare_write(handle, 0, "new");
	bare_flush(handle, &req);
	bare_answer_txn();
	assert_int_equal(req.error, 0);
	assert_int_equal(read_from(handle), 0);
	fence_doubt(lock, false);
	loss_trust(&bare.losses);
	assert_int_equal(handle_poll(handle, POLLPRI, NULL), READY);
	assert_int_equal(woken, 1);
	bare_release(other);
	bare_release(handle);
}

/* Of two locks in doubt one is trusted, and the other is given up or lost. */
static void test_doubt_of_two(void **state)
{
	struct handle *handle = bare_open(a, O_RDWR);
	struct fenced *other = add(true, "");

	(void)state;
	loss_doubt(&bare.losses, lock);
	loss_doubt(&bare.losses, other);
	assert_int_equal(fence_state_of(&bare.fence, a), FENCE_DOUBTED);
	fence_doubt(lock, false);
	loss_trust(&bare.losses);
	assert_int_equal(handle_poll(handle, 0, NULL), READY | POLLPRI);
	loss_begin(&bare.losses, other);
	assert_int_equal(fence_state_of(&bare.fence, a), FENCE_LOST);
	assert_int_equal(handle_poll(handle, 0, NULL), READY | POLLPRI | POLLERR);
	loss_end(&bare.losses, other);
	assert_int_equal(fence_state_of(&bare.fence, a), FENCE_HELD);
	assert_int_equal(handle_poll(handle, 0, NULL), READY);
	loss_doubt(&bare.losses, lock);
	give_up();
	assert_int_equal(handle_poll(handle, 0, NULL), READY);
	bare_release(handle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_idle, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unpublished, setup, teardown),
		cmocka_unit_test_setup_teardown(test_recovered, setup, teardown),
		cmocka_unit_test_setup_teardown(test_truncated, setup, teardown),
		cmocka_unit_test_setup_teardown(test_published_before, setup, teardown),
		cmocka_unit_test_setup_teardown(test_under_way, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_later, setup, teardown),
		cmocka_unit_test_setup_teardown(test_below, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two, setup, teardown),
		cmocka_unit_test_setup_teardown(test_poll, setup, teardown),
		cmocka_unit_test_setup_teardown(test_doubt, setup, teardown),
		cmocka_unit_test_setup_teardown(test_doubt_of_two, setup, teardown),
	};

	return cmocka_run_group_tests_name("loss", tests, NULL, NULL);
}
