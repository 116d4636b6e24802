/* The table of polled files: each once, as many as there is room for, and room again after a close.
 */
#include "fs/api/pollers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void a_file_is_there_once(void **state)
{
	struct fs_pollers pollers = {0};

	(void)state;
	assert_true(fs_pollers_add(&pollers, &(struct fs_poller){1, 10}));
	assert_false(fs_pollers_add(&pollers, &(struct fs_poller){1, 10}));
	assert_true(fs_pollers_add(&pollers, &(struct fs_poller){2, 20}));
	assert_int_equal(pollers.n, 2);
	assert_true(fs_pollers_remove(&pollers, 1));
	assert_false(fs_pollers_remove(&pollers, 1));
	assert_int_equal(pollers.n, 1);
	assert_int_equal(pollers.list[0].handle, 20);
}

/* A close is not heard of while the supervisor is stopped. */
static void a_file_with_the_number_of_another_replaces_it(void **state)
{
	struct fs_pollers pollers = {0};

	(void)state;
	assert_true(fs_pollers_add(&pollers, &(struct fs_poller){1, 10}));
	assert_true(fs_pollers_add(&pollers, &(struct fs_poller){1, 11}));
	assert_int_equal(pollers.n, 1);
	assert_int_equal(pollers.list[0].handle, 11);
}

static void there_is_room_again_after_a_close(void **state)
{
	struct fs_pollers pollers = {0};

	(void)state;
	for (uint64_t file = 0; file < FS_POLLERS_MAX; file++)
		assert_true(fs_pollers_add(&pollers, &(struct fs_poller){file, file}));
	assert_false(fs_pollers_add(&pollers, &(struct fs_poller){FS_POLLERS_MAX, 1}));
	assert_true(fs_pollers_remove(&pollers, 7));
	assert_true(fs_pollers_add(&pollers, &(struct fs_poller){FS_POLLERS_MAX, 1}));
	for (uint64_t file = 0; file <= FS_POLLERS_MAX; file++)
		assert_int_equal(fs_pollers_remove(&pollers, file), file != 7);
	assert_int_equal(pollers.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_there_once),
		cmocka_unit_test(a_file_with_the_number_of_another_replaces_it),
		cmocka_unit_test(there_is_room_again_after_a_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
