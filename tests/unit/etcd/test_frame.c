#include "fs/etcd/frame.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t three[] = {0, 0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 'd'};

static void read_three(struct frame_reader *reader, size_t *count)
{
	static const char *const expected[] = {"abc", "", "d"};
	struct bytes message;

	while (frame_reader_next(reader, &message) == 1) {
		assert_true(*count < 3);
		assert_true(bytes_equal(message, bytes_of(expected[*count])));
		(*count)++;
	}
}

static void test_every_cut(void **state)
{
	for (size_t first = 0; first <= sizeof(three); first++) {
		for (size_t second = first; second <= sizeof(three); second++) {
			struct frame_reader reader = {0};
			size_t count = 0;

			assert_int_equal(frame_reader_feed(&reader, three, first), 0);
			read_three(&reader, &count);
			assert_int_equal(
				frame_reader_feed(&reader, three + first, second - first), 0);
			read_three(&reader, &count);
			assert_int_equal(
				frame_reader_feed(&reader, three + second, sizeof(three) - second),
				0);
			read_three(&reader, &count);
			assert_int_equal(count, 3);
			assert_true(frame_reader_is_drained(&reader));
			frame_reader_fini(&reader);
		}
	}
}

static void test_byte_by_byte(void **state)
{
	struct frame_reader reader = {0};
	size_t count = 0;

	for (size_t i = 0; i < sizeof(three); i++) {
		assert_int_equal(frame_reader_feed(&reader, three + i, 1), 0);
		read_three(&reader, &count);
	}
	assert_int_equal(count, 3);
	frame_reader_fini(&reader);
}

static void test_truncated(void **state)
{
	for (size_t len = 0; len < sizeof(three); len++) {
		struct frame_reader reader = {0};
		size_t count = 0;

		assert_int_equal(frame_reader_feed(&reader, three, len), 0);
		read_three(&reader, &count);
		assert_int_equal(
			frame_reader_is_drained(&reader), len == 0 || len == 8 || len == 13);
		frame_reader_fini(&reader);
	}
}

static void test_compressed(void **state)
{
	static const uint8_t flags[] = {1, 2, 'P', 0xff};

	for (size_t i = 0; i < sizeof(flags); i++) {
		struct frame_reader reader = {0};
		struct bytes message;

		assert_int_equal(frame_reader_feed(&reader, &flags[i], 1), 0);
		assert_int_equal(frame_reader_next(&reader, &message), -EIO);
		frame_reader_fini(&reader);
	}
}

/* A length is not believed: the memory follows what has arrived. */
static void test_lying_length(void **state)
{
	static const uint8_t most[] = {0, 0x10, 0, 0, 0, 'x'}, more[] = {0, 0x10, 0, 0, 1},
			     all[] = {0, 0xff, 0xff, 0xff, 0xff};
	struct frame_reader reader = {0};
	struct bytes message;

	assert_int_equal(frame_reader_feed(&reader, most, sizeof(most)), 0);
	assert_int_equal(frame_reader_next(&reader, &message), 0);
	assert_false(frame_reader_is_drained(&reader));
	assert_true(reader.buf.capacity < 4096);
	frame_reader_clear(&reader);
	assert_int_equal(frame_reader_feed(&reader, more, sizeof(more)), 0);
	assert_int_equal(frame_reader_next(&reader, &message), -EIO);
	frame_reader_clear(&reader);
	assert_int_equal(frame_reader_feed(&reader, all, sizeof(all)), 0);
	assert_int_equal(frame_reader_next(&reader, &message), -EIO);
	frame_reader_fini(&reader);
}

/* A message is taken over with its memory, if it is the last one so far. */
static void test_keep(void **state)
{
	struct frame_reader reader = {0};
	CLEANUP(buf) struct buf kept = {0};
	struct bytes message;

	assert_int_equal(frame_reader_feed(&reader, three, 9), 0); /* a byte of the next one */
	assert_int_equal(frame_reader_next(&reader, &message), 1);
	assert_int_equal(frame_reader_keep(&reader, &kept), -EIO);
	frame_reader_clear(&reader);
	assert_int_equal(frame_reader_feed(&reader, three, 8), 0);
	assert_int_equal(frame_reader_next(&reader, &message), 1);
	assert_int_equal(frame_reader_keep(&reader, &kept), 0);
	assert_true(frame_reader_is_drained(&reader));
	assert_int_equal(frame_reader_feed(&reader, three + 8, sizeof(three) - 8), 0);
	assert_true(bytes_equal(message, bytes_of("abc")));
	assert_ptr_equal(message.data, kept.data + FRAME_HEADER_SIZE);
	frame_reader_fini(&reader);
}

static void test_written_is_read(void **state)
{
	static const uint32_t lengths[] = {0, 1, 255, 256, 65535, 65536, 3000000};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		CLEANUP(buf) struct buf stream = {0};
		struct frame_reader reader = {0};
		struct bytes message;

		assert_int_equal(buf_resize(&stream, FRAME_HEADER_SIZE + lengths[i]), 0);
		frame_header_write(stream.data, lengths[i]);
		assert_int_equal(frame_reader_feed(&reader, stream.data, stream.len), 0);
		assert_int_equal(frame_reader_next(&reader, &message), 1);
		assert_int_equal(message.len, lengths[i]);
		assert_int_equal(frame_reader_next(&reader, &message), 0);
		frame_reader_fini(&reader);
	}
}

/* A long page must not stay in the memory of each handle that once read one. */
static void test_clear_gives_memory_back(void **state)
{
	CLEANUP(buf) struct buf large = {0};
	struct frame_reader reader = {0};

	assert_int_equal(buf_resize(&large, 8 * 1024 * 1024), 0);
	assert_int_equal(frame_reader_feed(&reader, large.data, large.len), 0);
	frame_reader_clear(&reader);
	assert_int_equal(reader.buf.capacity, 0);
	assert_true(frame_reader_is_drained(&reader));
	frame_reader_fini(&reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_compressed),
		cmocka_unit_test(test_lying_length),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_written_is_read),
		cmocka_unit_test(test_clear_gives_memory_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
