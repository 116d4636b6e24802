/* Bytes and buffers: order, growth, and what is left when memory or room is not there. */
#include "fs/base/buf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_compare_is_bytewise(void **state)
{
	uint8_t high[] = {0xff}, low[] = {0x01};

	assert_true(bytes_compare(bytes_of("a"), bytes_of("b")) < 0);
	assert_true(bytes_compare(bytes_of("b"), bytes_of("a")) > 0);
	assert_int_equal(bytes_compare(bytes_of("a"), bytes_of("a")), 0);
	/* Unsigned, as etcd orders: 0xff is last, not -1. */
	assert_true(bytes_compare((struct bytes){high, 1}, (struct bytes){low, 1}) > 0);
}

static void test_a_prefix_comes_first(void **state)
{
	struct bytes nothing = {NULL, 0};

	assert_true(bytes_compare(bytes_of("a"), bytes_of("a/")) < 0);
	assert_true(bytes_compare(nothing, bytes_of("a")) < 0);
	assert_int_equal(bytes_compare(nothing, nothing), 0);
	assert_true(bytes_has_prefix(bytes_of("a/b"), bytes_of("a/")));
	assert_true(bytes_has_prefix(bytes_of("a"), nothing));
	assert_false(bytes_has_prefix(bytes_of("a"), bytes_of("a/")));
}

static void test_equal_knows_nul(void **state)
{
	assert_true(bytes_equal(BYTES_LITERAL("a\0b"), BYTES_LITERAL("a\0b")));
	assert_false(bytes_equal(BYTES_LITERAL("a\0b"), BYTES_LITERAL("a\0c")));
	assert_false(bytes_equal(BYTES_LITERAL("a"), BYTES_LITERAL("a\0")));
}

static void test_slice_ends_with_the_bytes(void **state)
{
	(void)state;
	assert_true(bytes_equal(bytes_slice(bytes_of("abc"), 1, 1), bytes_of("b")));
	assert_true(bytes_equal(bytes_slice(bytes_of("abc"), 1, SIZE_MAX), bytes_of("bc")));
	assert_int_equal(bytes_slice(bytes_of("abc"), 3, 1).len, 0);
	assert_int_equal(bytes_slice(bytes_of("abc"), UINT64_MAX, 1).len, 0);
}

static void test_append_keeps_what_was_there(void **state)
{
	CLEANUP(buf) struct buf buf = {0};
	int i;

	for (i = 0; i < 10000; i++)
		assert_int_equal(buf_append_byte(&buf, (uint8_t)i), 0);
	assert_int_equal(buf.len, 10000);
	for (i = 0; i < 10000; i++)
		assert_int_equal(buf.data[i], (uint8_t)i);
	assert_true(buf.capacity >= buf.len);
}

static void test_append_nothing(void **state)
{
	CLEANUP(buf) struct buf buf = {0};

	assert_int_equal(buf_append(&buf, NULL, 0), 0);
	assert_int_equal(buf_append_bytes(&buf, (struct bytes){NULL, 0}), 0);
	assert_int_equal(buf.len, 0);
}

static void test_resize_zeroes(void **state)
{
	CLEANUP(buf) struct buf buf = {0};
	size_t i;

	assert_int_equal(buf_append_bytes(&buf, bytes_of("secret")), 0);
	assert_int_equal(buf_resize(&buf, 2), 0);
	assert_int_equal(buf_resize(&buf, 64), 0);
	assert_memory_equal(buf.data, "se", 2);
	for (i = 2; i < 64; i++)
		assert_int_equal(buf.data[i], 0);
}

static void test_consume(void **state)
{
	CLEANUP(buf) struct buf buf = {0};

	assert_int_equal(buf_append_bytes(&buf, bytes_of("hello world")), 0);
	buf_consume(&buf, 6);
	assert_true(bytes_equal(buf_bytes(&buf), bytes_of("world")));
	buf_consume(&buf, 0);
	assert_true(bytes_equal(buf_bytes(&buf), bytes_of("world")));
	buf_consume(&buf, 100);
	assert_int_equal(buf.len, 0);
}

static void test_printf_appends(void **state)
{
	CLEANUP(buf) struct buf buf = {0};
	char longer[3000];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(buf_printf(&buf, "%d-", 42), 0);
	assert_int_equal(buf_printf(&buf, "%s", longer), 0);
	assert_int_equal(buf_printf(&buf, "%s", ""), 0);
	assert_int_equal(buf.len, 3 + sizeof(longer) - 1);
	assert_memory_equal(buf.data, "42-xxx", 6);
	assert_int_equal(buf.data[buf.len - 1], 'x');
}

static void test_too_much_leaves_it_as_it_was(void **state)
{
	CLEANUP(buf) struct buf buf = {0};

	assert_int_equal(buf_append_bytes(&buf, bytes_of("kept")), 0);
	assert_int_equal(buf_reserve(&buf, SIZE_MAX), -ENOMEM);
	assert_int_equal(buf_reserve(&buf, SIZE_MAX / 2), -ENOMEM);
	assert_true(bytes_equal(buf_bytes(&buf), bytes_of("kept")));
	assert_int_equal(buf_append_byte(&buf, '!'), 0);
	assert_true(bytes_equal(buf_bytes(&buf), bytes_of("kept!")));
}

static void test_clear_keeps_memory_and_fini_does_not(void **state)
{
	struct buf buf = {0};

	assert_int_equal(buf_append_bytes(&buf, bytes_of("x")), 0);
	buf_clear(&buf);
	assert_int_equal(buf.len, 0);
	assert_non_null(buf.data);
	buf_fini(&buf);
	assert_null(buf.data);
	assert_int_equal(buf.capacity, 0);
	buf_fini(&buf);
}

static void test_dup(void **state)
{
	CLEANUP(free) uint8_t *copy = bytes_dup(BYTES_LITERAL("a\0b"));
	CLEANUP(free) uint8_t *empty = bytes_dup((struct bytes){NULL, 0});

	assert_non_null(copy);
	assert_memory_equal(copy, "a\0b", 3);
	assert_non_null(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare_is_bytewise),
		cmocka_unit_test(test_a_prefix_comes_first),
		cmocka_unit_test(test_equal_knows_nul),
		cmocka_unit_test(test_slice_ends_with_the_bytes),
		cmocka_unit_test(test_append_keeps_what_was_there),
		cmocka_unit_test(test_append_nothing),
		cmocka_unit_test(test_resize_zeroes),
		cmocka_unit_test(test_consume),
		cmocka_unit_test(test_printf_appends),
		cmocka_unit_test(test_too_much_leaves_it_as_it_was),
		cmocka_unit_test(test_clear_keeps_memory_and_fini_does_not),
		cmocka_unit_test(test_dup),
	};
	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
