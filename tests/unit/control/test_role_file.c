/* Who polls .role is told of each change once, however soon it polls again. */
#include "fs/control/role_file.h"
#include "fs/control/supervisor_link.h"
#include "fs/file/open_set.h"
#include "fs/mirror/mirror.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define FLOOD 1000 /* of an end, so that a loop without one fails and does not hang */
#define N_FILES 3

/* In the place of libfuse: a pollhandle is the file that polls, and it polls again when it is told.
 */
static struct fixture {
	struct supervisor_link supervisor;
	struct open_set opened;
	struct role_files role_files;
	struct fs_config config;
	struct fuse_file_info files[N_FILES];
	unsigned told[N_FILES];
	unsigned events; /* of the last poll */
	unsigned flood;
} fixture;

static void poll_file(size_t i)
{
	role_file_poll(
		NULL, ROLE_FILE_ID, &fixture.files[i], (struct fuse_pollhandle *)&fixture.files[i]);
}

int __wrap_fuse_lowlevel_notify_poll(struct fuse_pollhandle *poll);
void __wrap_fuse_pollhandle_destroy(struct fuse_pollhandle *poll);
int __wrap_fuse_reply_poll(fuse_req_t req, unsigned events);
int __wrap_fuse_reply_open(fuse_req_t req, const struct fuse_file_info *file);
int __wrap_fuse_reply_buf(fuse_req_t req, const char *data, size_t size);
int __wrap_fuse_reply_err(fuse_req_t req, int error);

int __wrap_fuse_lowlevel_notify_poll(struct fuse_pollhandle *poll)
{
	size_t i = (struct fuse_file_info *)poll - fixture.files;

	fixture.told[i]++;
	if (fixture.flood++ < FLOOD)
		poll_file(i);
	return 0;
}

void __wrap_fuse_pollhandle_destroy(struct fuse_pollhandle *poll)
{
	(void)poll;
}

int __wrap_fuse_reply_poll(fuse_req_t req, unsigned events)
{
	(void)req;
	fixture.events = events;
	return 0;
}

int __wrap_fuse_reply_open(fuse_req_t req, const struct fuse_file_info *file)
{
	(void)req;
	(void)file;
	return 0;
}

int __wrap_fuse_reply_buf(fuse_req_t req, const char *data, size_t size)
{
	(void)req;
	(void)data;
	(void)size;
	return 0;
}

int __wrap_fuse_reply_err(fuse_req_t req, int error)
{
	(void)req;
	(void)error;
	return 0;
}

static int setup(void **state)
{
	(void)state;
	memset(&fixture, 0, sizeof(fixture));
	lock_init(&fixture.supervisor.lock);
	open_set_init(&fixture.opened);
	role_file_init(&fixture.role_files, &fixture.config, &fixture.supervisor, &fixture.opened);
	for (size_t i = 0; i < N_FILES; i++) {
		fixture.files[i].flags = O_RDONLY;
		role_file_open(&fixture.role_files, NULL, &fixture.files[i]);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	open_set_fini(&fixture.opened);
	role_file_fini(&fixture.role_files);
	lock_fini(&fixture.supervisor.lock);
	return 0;
}

static void test_told_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_FILES; i++)
		poll_file(i);
	assert_int_equal(fixture.events & POLLPRI, 0);
	for (unsigned n = 1; n <= 2; n++) {
		role_file_changed(&fixture.role_files);
		for (size_t i = 0; i < N_FILES; i++)
			assert_int_equal(fixture.told[i], n);
	}
	assert_int_equal(fixture.events & POLLPRI, POLLPRI);
}

/* One that polls for the first time after the change has missed nothing: the answer says it. */
static void test_polled_after_the_change(void **state)
{
	(void)state;
	role_file_changed(&fixture.role_files);
	poll_file(0);
	assert_int_equal(fixture.events & POLLPRI, POLLPRI);
	assert_int_equal(fixture.told[0], 0);
	role_file_read(NULL, ROLE_FILE_ID, 64, 0, &fixture.files[0]);
	poll_file(0);
	assert_int_equal(fixture.events & POLLPRI, 0);
	role_file_changed(&fixture.role_files);
	assert_int_equal(fixture.told[0], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_told_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_polled_after_the_change, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
