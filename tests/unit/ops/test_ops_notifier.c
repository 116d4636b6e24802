/* Who gets at the notifier's descriptor (pidfd_getfd(2), a debugger) can do nothing with it. */
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define FILE_ID KEY_FIRST_ID
#define ANSWERED_NOTHING (-1)

/* In the place of libfuse. */
static struct fixture {
	struct fs fs;
	struct fs_config config;
	struct fuse_ctx ctx;
	int error;
} fixture;

void *__wrap_fuse_req_userdata(fuse_req_t req);
const struct fuse_ctx *__wrap_fuse_req_ctx(fuse_req_t req);
int __wrap_fuse_reply_err(fuse_req_t req, int error);

void *__wrap_fuse_req_userdata(fuse_req_t req)
{
	(void)req;
	return &fixture.fs;
}

const struct fuse_ctx *__wrap_fuse_req_ctx(fuse_req_t req)
{
	(void)req;
	return &fixture.ctx;
}

int __wrap_fuse_reply_err(fuse_req_t req, int error)
{
	(void)req;
	fixture.error = error;
	return 0;
}

/* What the notifier's open file is to us. */
static struct fuse_file_info touched(void)
{
	return (struct fuse_file_info){.fh = UINT64_MAX, .flags = O_RDWR, .lock_owner = 1};
}

static int setup(void **state)
{
	(void)state;
	fixture = (struct fixture){.ctx = {.pid = 7}, .error = ANSWERED_NOTHING};
	fixture.fs.config = &fixture.config;
	return mirror_new((struct bytes){0}, &fixture.fs.mirror);
}

static int teardown(void **state)
{
	(void)state;
	mirror_free(fixture.fs.mirror);
	return 0;
}

static void test_read(void **state)
{
	struct fuse_file_info file = touched();

	(void)state;
	ops_all.read(NULL, FILE_ID, 10, 0, &file);
	assert_int_equal(fixture.error, EBADF);
}

static void test_read_for_pages(void **state)
{
	struct fuse_file_info file = touched();

	(void)state;
	file.lock_owner = 0;
	ops_all.read(NULL, FILE_ID, 10, 0, &file);
	assert_int_equal(fixture.error, EBADF);
}

static void test_write(void **state)
{
	struct fuse_file_info file = touched();

	(void)state;
	ops_all.write(NULL, FILE_ID, "x", 1, 0, &file);
	assert_int_equal(fixture.error, EBADF);
}

static void test_truncate(void **state)
{
	struct fuse_file_info file = touched();
	struct stat attr = {.st_size = 1};

	(void)state;
	ops_all.setattr(NULL, FILE_ID, &attr, FUSE_SET_ATTR_SIZE, &file);
	assert_int_equal(fixture.error, EBADF);
}

static void test_allocate(void **state)
{
	struct fuse_file_info file = touched();

	(void)state;
	ops_all.fallocate(NULL, FILE_ID, 0, 0, 10, &file);
	assert_int_equal(fixture.error, EOPNOTSUPP);
}

static void test_sync_and_close(void **state)
{
	struct fuse_file_info file = touched();

	(void)state;
	ops_all.fsync(NULL, FILE_ID, 0, &file);
	assert_int_equal(fixture.error, 0);
	ops_all.flush(NULL, FILE_ID, &file);
	assert_int_equal(fixture.error, 0);
	ops_all.release(NULL, FILE_ID, &file);
	assert_int_equal(fixture.error, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read_for_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_write, setup, teardown),
		cmocka_unit_test_setup_teardown(test_truncate, setup, teardown),
		cmocka_unit_test_setup_teardown(test_allocate, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sync_and_close, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
