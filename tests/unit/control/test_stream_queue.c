/* A stream's queue: lines come out whole and in order, whatever the reads are, up to a size. */
#include "fs/control/stream_queue.h"

#include "tests/lib/alloc.h"
#include "tests/unit/seed.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void stream_queue_cleanup(struct stream_queue *queue)
{
	stream_queue_fini(queue);
}

static void check_read(struct stream_queue *queue, size_t size, const char *expected)
{
	struct bytes got = stream_queue_peek(queue, size);

	assert_int_equal(got.len, strlen(expected));
	assert_memory_equal(got.data, expected, got.len);
	stream_queue_take(queue, got.len);
}

static void add(struct stream_queue *queue, const char *lines)
{
	assert_int_equal(stream_queue_add(queue, bytes_of(lines), 0), 0);
}

static void test_lines(void **state)
{
	CLEANUP(stream_queue) struct stream_queue queue = {0};

	(void)state;
	assert_int_equal(stream_queue_len(&queue), 0);
	assert_int_equal(stream_queue_peek(&queue, 100).len, 0);
	add(&queue, "one\ntwo\n");
	add(&queue, "three\n");
	assert_int_equal(stream_queue_len(&queue), 14);
	check_read(&queue, 7, "one\n");
	check_read(&queue, 4, "two\n");
	check_read(&queue, 100, "three\n");
	assert_int_equal(stream_queue_len(&queue), 0);
}

/* bash reads single bytes. */
static void test_parts(void **state)
{
	CLEANUP(stream_queue) struct stream_queue queue = {0};

	(void)state;
	add(&queue, "one\ntwo\n");
	check_read(&queue, 1, "o");
	check_read(&queue, 1, "n");
	check_read(&queue, 1, "e");
	check_read(&queue, 1, "\n");
	check_read(&queue, 2, "tw");
	check_read(&queue, 2, "o\n");
}

static char *long_line(size_t len)
{
	char *line = malloc(len + 1);

	assert_non_null(line);
	memset(line, 'x', len);
	line[len - 1] = '\n';
	line[len] = 0;
	return line;
}

/* When all together are full each has its share still, and gives back what it does not need. */
static void test_together(void **state)
{
	CLEANUP(stream_queue) struct stream_queue queue = {0};
	CLEANUP(free) char *line = long_line(STREAM_QUEUE_SHARE / 2);
	CLEANUP(free) char *large = long_line(STREAM_QUEUE_SHARE * 2);
	size_t full = STREAM_QUEUES_MAX;

	(void)state;
	assert_int_equal(stream_queue_add(&queue, bytes_of(large), full), 0); /* it is empty */
	assert_int_equal(stream_queue_add(&queue, bytes_of(line), full), -ENOBUFS);
	assert_int_equal(stream_queue_add(&queue, bytes_of(line), 0), 0);
	stream_queue_take(&queue, stream_queue_len(&queue));
	assert_true(queue.bytes.capacity < STREAM_QUEUE_SHARE);
	assert_int_equal(stream_queue_add(&queue, bytes_of(line), full), 0);
	assert_int_equal(stream_queue_add(&queue, bytes_of(line), full), 0);
	assert_int_equal(stream_queue_add(&queue, bytes_of("x\n"), full), -ENOBUFS);
	assert_int_equal(stream_queue_add(&queue, bytes_of("x\n"), full - STREAM_QUEUE_MAX), 0);
	assert_int_equal(stream_queue_peek(&queue, 100).len, 100);
}

/* A request that was filled makes the kernel ask for more, which may have to wait. */
static void test_never_filled(void **state)
{
	CLEANUP(stream_queue) struct stream_queue queue = {0};
	CLEANUP(free) char *line = long_line(128 << 10);

	(void)state;
	add(&queue, line);
	assert_int_equal(stream_queue_peek(&queue, 128 << 10).len, (128 << 10) - 1);
	stream_queue_take(&queue, (128 << 10) - 1);
	check_read(&queue, 128 << 10, "\n");
	add(&queue, "one\n");
	add(&queue, line + 4);
	check_read(&queue, 128 << 10, "one\n");
}

static void test_full(void **state)
{
	CLEANUP(stream_queue) struct stream_queue queue = {0};
	CLEANUP(free) char *line = long_line(STREAM_QUEUE_MAX);

	(void)state;
	add(&queue, "one\n");
	assert_int_equal(stream_queue_add(&queue, bytes_of(line), 0), -ENOBUFS);
	check_read(&queue, 100, "one\n");
	add(&queue, line);
	assert_int_equal(stream_queue_add(&queue, bytes_of("x\n"), 0), -ENOBUFS);
	stream_queue_add_last(&queue, bytes_of("last\n"));
	stream_queue_take(&queue, STREAM_QUEUE_MAX);
	check_read(&queue, 100, "last\n");
}

/* One revision larger than the queue has its turn when nothing else is in it. */
static void test_huge(void **state)
{
	CLEANUP(stream_queue) struct stream_queue queue = {0};
	CLEANUP(free) char *line = long_line(2 * STREAM_QUEUE_MAX);

	(void)state;
	add(&queue, line);
	assert_int_equal(stream_queue_len(&queue), 2 * STREAM_QUEUE_MAX);
}

static void test_last_has_room(void **state)
{
	static const char last[STREAM_QUEUE_LAST] = {[0 ... STREAM_QUEUE_LAST - 1] = 'z'};
	CLEANUP(stream_queue) struct stream_queue queue = {0};

	(void)state;
	alloc_fail_after(0);
	assert_int_equal(stream_queue_reserve(&queue), -ENOMEM);
	alloc_fail_never();
	assert_int_equal(stream_queue_reserve(&queue), 0);
	add(&queue, "one\n");
	for (int i = 0; i < 100; i++) {
		char line[8];

		snprintf(line, sizeof(line), "%d\n", i);
		alloc_fail_after(0);
		if (stream_queue_add(&queue, bytes_of(line), 0) == -ENOMEM)
			i = 100;
		alloc_fail_never();
	}
	alloc_fail_after(0);
	stream_queue_add_last(&queue, (struct bytes){(const uint8_t *)last, sizeof(last)});
	alloc_fail_never();
	assert_memory_equal(queue.bytes.data + queue.bytes.len - sizeof(last), last, sizeof(last));
}

/* Random lines and reads: what comes out is what went in. */
static void test_random(void **state)
{
	CLEANUP(stream_queue) struct stream_queue queue = {0};
	CLEANUP(buf) struct buf in = {0};
	size_t out = 0;

	(void)state;
	srand(test_seed());
	for (int i = 0; i < 20000; i++) {
		char line[64];
		struct bytes got;

		snprintf(line, sizeof(line), "%d %.*s\n", i, rand() % 40,
			"........................................");
		if (rand() % 3) {
			add(&queue, line);
			assert_int_equal(buf_append(&in, line, strlen(line)), 0);
		}
		got = stream_queue_peek(&queue, 1 + rand() % 100);
		assert_true(got.len <= in.len - out);
		if (got.len)
			assert_memory_equal(got.data, in.data + out, got.len);
		stream_queue_take(&queue, got.len);
		out += got.len;
		assert_int_equal(stream_queue_len(&queue), in.len - out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_never_filled),
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_huge),
		cmocka_unit_test(test_last_has_room),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
