/* What an open file has written and not published has a bound, and half a value is none.
 * Statements: 12, 198, 291. */
#include "fs/file/handle.h"

#include "fs/mirror/mirror_private.h"
#include "tests/unit/seed.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MAX (64 << 10) /* bytes of a value */

static struct fixture {
	struct mirror *mirror;
	struct value *value;
	struct handle *handle;
	uint64_t id;
} fixture;

/* A keyspace of the key "key" with the value "value", which is opened. */
static int setup(void **state)
{
	CLEANUP(mirror_list_free) struct mirror_list *list = NULL;
	const struct etcd_kv kv = {
		.key = bytes_of("key"), .value = bytes_of("value"), .mod_revision = 1};
	struct mirror_info info;
	bool forked;

	(void)state;
	if (mirror_new((struct bytes){0}, &fixture.mirror) < 0 ||
		mirror_list_new(fixture.mirror, &list) < 0 ||
		mirror_list_add(list, 1, &kv, 1) < 0 ||
		mirror_replace(fixture.mirror, 1, list, &forked) < 0 ||
		mirror_lookup(fixture.mirror, ROOT_ID, "key", 0, &info) < 0)
		return -1;
	fixture.id = info.id;
	if (mirror_value(fixture.mirror, info.id, &fixture.value) < 0)
		return -1;
	return handle_new(
		fixture.mirror, NULL, info.id, MIRROR_GONE_FAIL, O_RDWR, &info, &fixture.handle);
}

static int teardown(void **state)
{
	(void)state;
	handle_free(fixture.handle);
	assert_int_equal(fixture.mirror->local_size, 0);
	value_unref(fixture.value);
	mirror_free(fixture.mirror);
	return 0;
}

static int64_t size_shown(void)
{
	struct mirror_info info;

	assert_int_equal(mirror_info(fixture.mirror, fixture.id, &info), 0);
	return info.size;
}

/* Nothing of it is published, and everything says so. */
static void assert_spoiled(int error)
{
	struct handle *handle = fixture.handle;

	assert_int_equal(handle_spoiled(handle), error);
	assert_int_equal(handle_write(handle, 0, bytes_of("x"), MAX), error);
	assert_int_equal(handle_append(handle, bytes_of("x"), MAX), error);
	assert_int_equal(handle_truncate(handle, 0, MAX), error);
	assert_int_equal(handle_allocate(handle, 0, 0, 1, MAX), error);
	assert_false(handle_unpublished(handle));
	assert_int_equal(size_shown(), 5);
}

/* Appends and writes at a place in turns: each turn is kept, up to some values. */
static void test_turns(void **state)
{
	struct handle *handle = fixture.handle;
	int r = 0, turns = 0;

	(void)state;
	for (; r == 0 && turns < 1000000; turns++)
		r = turns % 2 ? handle_write(handle, MAX - 1, bytes_of("x"), MAX)
			      : handle_truncate(handle, 10, MAX);
	assert_int_equal(r, 0); /* one takes in the other */
	assert_int_equal(handle_truncate(handle, 0, MAX), 0);
	handle_begin(handle);
	handle_finish(handle, fixture.value, false);
	for (turns = 0; r == 0 && turns < 1000000; turns++)
		r = turns % 2 ? handle_write(handle, MAX / 2, bytes_of("x"), MAX)
			      : handle_append(handle, bytes_of("y"), MAX);
	assert_int_equal(r, -ENOBUFS);
	assert_true(turns > 16);
	assert_true(turns < 200);
	assert_spoiled(-ENOBUFS);
}

/* What all have not published: one that had written nothing goes on when there is room again. */
static void test_all_together(void **state)
{
	struct handle *handle = fixture.handle;

	(void)state;
	fixture.mirror->local_size = MIRROR_LOCAL_MAX - 10;
	assert_int_equal(handle_write(handle, 0, bytes_of("0123456789a"), MAX), -ENOBUFS);
	assert_int_equal(handle_truncate(handle, 11, MAX), -ENOBUFS);
	assert_int_equal(handle_spoiled(handle), 0);
	assert_int_equal(handle_write(handle, 0, bytes_of("0123456789"), MAX), 0);
	assert_int_equal(handle_write(handle, 5, bytes_of("01234"), MAX), 0);
	assert_int_equal(size_shown(), 10);
	assert_int_equal(fixture.mirror->local_size, MIRROR_LOCAL_MAX);
	assert_int_equal(handle_append(handle, bytes_of("x"), MAX), -ENOBUFS);
	assert_int_equal(fixture.mirror->local_size, MIRROR_LOCAL_MAX - 10);
	assert_spoiled(-ENOBUFS);
	fixture.mirror->local_size = 0;
}

static void test_over_the_limit(void **state)
{
	struct handle *handle = fixture.handle;

	(void)state;
	assert_int_equal(handle_write(handle, MAX, bytes_of("x"), MAX), -EFBIG);
	assert_int_equal(handle_spoiled(handle), 0);
	assert_int_equal(handle_write(handle, MAX - 1, bytes_of("x"), MAX), 0);
	assert_int_equal(size_shown(), MAX);
	assert_int_equal(handle_append(handle, bytes_of("x"), MAX), -EFBIG);
	assert_spoiled(-EFBIG);
}

/* One call of a random kind. Whether it was one that changes something. */
static bool random_change(unsigned *seed)
{
	struct handle *handle = fixture.handle;
	size_t offset = rand_r(seed) % 40;
	struct bytes bytes = {(const uint8_t *)"abcdefghijklmnopqrstuvwxyz", rand_r(seed) % 26};

	switch (rand_r(seed) % 5) {
	case 0:
		return handle_append(handle, bytes, MAX) == 0 && bytes.len;
	case 1:
		return handle_truncate(handle, offset, MAX) == 0;
	case 2:
		handle_allocate(handle, 0, offset, 1 + bytes.len, MAX);
		return false;
	case 3:
		handle_allocate(handle, FALLOC_FL_ZERO_RANGE, offset, 1 + bytes.len, MAX);
		return true;
	default:
		return handle_write(handle, offset, bytes, MAX) == 0 && bytes.len;
	}
}

/* Where nobody was faster, what the reader of the descriptor sees is the value that is published.
 */
static void test_reads_what_is_published(void **state)
{
	struct handle *handle = fixture.handle;
	unsigned seed = test_seed();

	(void)state;
	for (int i = 0; i < 20000; i++) {
		CLEANUP(value_unref) struct value *value = NULL;
		CLEANUP(buf) struct buf published = {0};
		CLEANUP(buf) struct buf copy = {0};
		bool changed = random_change(&seed);
		size_t offset = rand_r(&seed) % 40;
		struct bytes read;

		assert_true(!changed || handle_unpublished(handle));
		assert_int_equal(buf_append_bytes(&published, value_bytes(fixture.value)), 0);
		assert_int_equal(handle_add_to(handle, &published, SIZE_MAX), 0);
		assert_int_equal(handle_read(handle, HANDLE_SNAPSHOT, offset, SIZE_MAX, &value,
					 &copy, &read),
			0);
		assert_true(
			bytes_equal(read, bytes_slice(buf_bytes(&published), offset, SIZE_MAX)));
		assert_int_equal(size_shown(), published.len);
		if (i % 10 == 0) {
			handle_begin(handle);
			handle_finish(handle, fixture.value, false);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_turns, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_together, setup, teardown),
		cmocka_unit_test_setup_teardown(test_over_the_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reads_what_is_published, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
