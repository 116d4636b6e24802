/* Edits: whatever one open file did, done again on any base, gives what the file would have.
 * Statements: 16.
 *
 * The model is a byte array to which every call is made, in order, as a file would take it. The
 * edits record the calls without knowing the base, and are then applied to several.
 */
#include "fs/file/edits.h"

#include "tests/lib/alloc.h"

#include "tests/unit/seed.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* --- The model ----------------------------------------------------------------------------- */

enum call_kind {
	CALL_WRITE,
	CALL_APPEND,
	CALL_TRUNCATE,
	CALL_GROW,
};

struct call {
	enum call_kind kind;
	size_t offset; /* truncate, grow: the size */
	struct bytes bytes;
};

static void model_call(struct buf *file, const struct call *call)
{
	size_t at = call->kind == CALL_APPEND ? file->len : call->offset;

	if (call->kind == CALL_GROW && at <= file->len)
		return;
	if (call->kind == CALL_TRUNCATE || call->kind == CALL_GROW) {
		assert_int_equal(buf_resize(file, at), 0);
		return;
	}
	for (size_t i = 0; i < call->bytes.len; i++) {
		if (at + i >= file->len)
			assert_int_equal(buf_resize(file, at + i + 1), 0);
		file->data[at + i] = call->bytes.data[i];
	}
}

static int edits_call(struct edits *edits, const struct call *call)
{
	switch (call->kind) {
	case CALL_WRITE:
		return edits_write(edits, call->offset, call->bytes);
	case CALL_APPEND:
		return edits_append(edits, call->bytes);
	case CALL_GROW:
		return edits_grow(edits, call->offset);
	default:
		return edits_truncate(edits, call->offset);
	}
}

static void check_read(const struct edits *edits, struct bytes base, struct bytes expected,
	size_t offset, size_t size)
{
	CLEANUP(buf) struct buf part = {0};

	assert_int_equal(edits_read(edits, base, offset, size, &part), 0);
	assert_true(bytes_equal(buf_bytes(&part), bytes_slice(expected, offset, size)));
}

static void check_apply(const struct edits *edits, struct bytes base, struct bytes expected)
{
	CLEANUP(buf) struct buf value = {0};

	check_read(edits, base, expected, 0, SIZE_MAX);
	check_read(edits, base, expected, expected.len / 3, expected.len / 3);
	check_read(edits, base, expected, expected.len / 2, expected.len);
	check_read(edits, base, expected, base.len, 2);
	check_read(edits, base, expected, expected.len + 1, 1);
	assert_int_equal(buf_append_bytes(&value, base), 0);
	assert_int_equal(edits_apply(edits, &value), 0);
	assert_int_equal(edits_size(edits, base.len), expected.len);
	if (value.len != expected.len)
		fail_msg("%zu bytes, expected %zu", value.len, expected.len);
	if (value.len)
		assert_memory_equal(value.data, expected.data, value.len);
}

/* --- Examples ------------------------------------------------------------------------------ */

static void test_nothing(void **state)
{
	struct edits edits;

	edits_init(&edits);
	assert_true(edits_empty(&edits));
	check_apply(&edits, bytes_of("base"), bytes_of("base"));
	check_apply(&edits, (struct bytes){NULL, 0}, bytes_of(""));
	assert_int_equal(edits_write(&edits, 7, bytes_of("")), 0);
	assert_int_equal(edits_append(&edits, (struct bytes){NULL, 0}), 0);
	assert_true(edits_empty(&edits));
	assert_int_equal(edits_truncate(&edits, 4), 0);
	assert_false(edits_empty(&edits));
	check_apply(&edits, bytes_of("base"), bytes_of("base"));
	edits_clear(&edits);
	assert_true(edits_empty(&edits));
	check_apply(&edits, bytes_of("base"), bytes_of("base"));
	edits_fini(&edits);
}

static void test_write_fills_a_gap(void **state)
{
	CLEANUP(edits) struct edits edits = {0};

	assert_int_equal(edits_write(&edits, 4, bytes_of("xy")), 0);
	check_apply(&edits, bytes_of(""), BYTES_LITERAL("\0\0\0\0xy"));
	check_apply(&edits, bytes_of("ab"), BYTES_LITERAL("ab\0\0xy"));
	check_apply(&edits, bytes_of("abcdefgh"), bytes_of("abcdxygh"));
}

static void test_append_lands_at_the_new_end(void **state)
{
	CLEANUP(edits) struct edits edits = {0};

	assert_int_equal(edits_append(&edits, bytes_of("x\n")), 0);
	assert_int_equal(edits_append(&edits, bytes_of("y\n")), 0);
	check_apply(&edits, bytes_of(""), bytes_of("x\ny\n"));
	check_apply(&edits, bytes_of("other\n"), bytes_of("other\nx\ny\n"));
}

static void test_grow_only_lengthens(void **state)
{
	CLEANUP(edits) struct edits edits = {0};

	assert_int_equal(edits_grow(&edits, 4), 0);
	assert_false(edits_empty(&edits));
	check_apply(&edits, bytes_of("ab"), BYTES_LITERAL("ab\0\0"));
	check_apply(&edits, bytes_of("abcdef"), bytes_of("abcdef"));
	assert_int_equal(edits_append(&edits, bytes_of("x")), 0);
	check_apply(&edits, bytes_of("ab"), BYTES_LITERAL("ab\0\0x"));
	check_apply(&edits, bytes_of("abcdef"), bytes_of("abcdefx"));
	assert_int_equal(edits_truncate(&edits, 1), 0);
	assert_int_equal(edits_grow(&edits, 3), 0);
	check_apply(&edits, bytes_of("abcdef"), BYTES_LITERAL("a\0\0"));
	assert_int_equal(edits_grow(&edits, UINT64_MAX), -EFBIG);
}

static void test_truncate_knows_its_size(void **state)
{
	CLEANUP(edits) struct edits edits = {0};

	assert_int_equal(edits_append(&edits, bytes_of("xyz")), 0);
	assert_int_equal(edits_truncate(&edits, 4), 0);
	check_apply(&edits, bytes_of(""), BYTES_LITERAL("xyz\0"));
	check_apply(&edits, bytes_of("ab"), bytes_of("abxy"));
	check_apply(&edits, bytes_of("abcdef"), bytes_of("abcd"));
	assert_int_equal(edits_append(&edits, bytes_of("!")), 0);
	check_apply(&edits, bytes_of("abcdef"), bytes_of("abcd!"));
	/* What a truncation took away does not come back when the file grows again. */
	assert_int_equal(edits_truncate(&edits, 1), 0);
	assert_int_equal(edits_truncate(&edits, 3), 0);
	check_apply(&edits, bytes_of("abcdef"), BYTES_LITERAL("a\0\0"));
}

static void test_truncate_to_nothing_forgets(void **state)
{
	CLEANUP(edits) struct edits edits = {0};

	assert_int_equal(edits_append(&edits, bytes_of("a")), 0);
	assert_int_equal(edits_write(&edits, 2, bytes_of("b")), 0);
	assert_int_equal(edits_append(&edits, bytes_of("c")), 0);
	assert_int_equal(edits_truncate(&edits, 0), 0);
	assert_int_equal(edits.count, 1);
	check_apply(&edits, bytes_of("base"), bytes_of(""));
	assert_int_equal(edits_append(&edits, bytes_of("new")), 0);
	check_apply(&edits, bytes_of("base"), bytes_of("new"));
	assert_int_equal(edits.count, 1);
}

static void test_ends_that_no_file_has(void **state)
{
	CLEANUP(edits) struct edits edits = {0};

	assert_int_equal(edits_write(&edits, UINT64_MAX, bytes_of("x")), -EFBIG);
	assert_int_equal(edits_write(&edits, UINT64_MAX - 1, bytes_of("xyz")), -EFBIG);
	assert_int_equal(edits_write(&edits, INT64_MAX, bytes_of("x")), -EFBIG);
	assert_int_equal(edits_truncate(&edits, (uint64_t)INT64_MAX + 1), -EFBIG);
	assert_true(edits_empty(&edits));
	assert_int_equal(edits_truncate(&edits, INT64_MAX), 0);
	assert_int_equal(edits_append(&edits, bytes_of("x")), -EFBIG);
	assert_int_equal(edits_truncate(&edits, 1), 0);
	check_apply(&edits, bytes_of("ab"), bytes_of("a"));
}

/* --- Size: what is kept follows the file, not the number of calls -------------------------- */

static size_t kept_bytes(struct edits *edits)
{
	CLEANUP(buf) struct buf value = {0};

	assert_int_equal(edits_apply(edits, &value), 0);
	return value.len;
}

static void test_many_small_writes_are_one_edit(void **state)
{
	CLEANUP(edits) struct edits edits = {0};
	static uint8_t block[4096];

	for (size_t at = 0; at < 1536 * 1024; at += sizeof(block)) {
		memset(block, (int)(at / sizeof(block)), sizeof(block));
		assert_int_equal(edits_write(&edits, at, (struct bytes){block, sizeof(block)}), 0);
	}
	assert_int_equal(edits.count, 1);
	assert_int_equal(kept_bytes(&edits), 1536 * 1024);
	/* The same place a million times: a status line that is never synced. */
	for (int i = 0; i < 1000000; i++)
		assert_int_equal(edits_write(&edits, i % 2 * 1000, bytes_of("status")), 0);
	assert_int_equal(edits.count, 1);
	for (int i = 0; i < 100000; i++) {
		assert_int_equal(edits_append(&edits, bytes_of("log line")), 0);
		assert_int_equal(edits_truncate(&edits, 10 + i % 3), 0);
	}
	/* The writes, the append, and the first truncation with all that came after it. */
	assert_int_equal(edits.count, 3);
	assert_int_equal(kept_bytes(&edits), 10);
}

/* --- All against the model ----------------------------------------------------------------- */

#define N_BASES 5
#define MAX_CALLS 24

static void random_call(unsigned int *seed, struct call *call, unsigned int span, int kinds)
{
	static uint8_t letters[64];
	size_t len = rand_r(seed) % (span / 4 + 2);

	for (size_t i = 0; i < sizeof(letters); i++)
		letters[i] = 'A' + i % 58;
	/* Kinds: a bit each, so that some rounds know only one or two of them. */
	do
		call->kind = rand_r(seed) % 4;
	while (!(kinds >> call->kind & 1));
	call->offset = rand_r(seed) % (span + 1);
	call->bytes = (struct bytes){letters + rand_r(seed) % 24, len};
}

static void check_round(unsigned int *seed)
{
	static const unsigned int spans[] = {3, 9, 40, 150};
	unsigned int span = spans[rand_r(seed) % 4];
	CLEANUP(edits) struct edits edits = {0};
	struct buf files[N_BASES] = {0}, bases[N_BASES] = {0};
	int kinds = 1 + rand_r(seed) % 15, calls = rand_r(seed) % MAX_CALLS;

	for (size_t i = 0; i < N_BASES; i++) {
		for (size_t len = i * span / 3; len; len--)
			assert_int_equal(buf_append_byte(&bases[i], 'a' + len % 26), 0);
		assert_int_equal(buf_append_bytes(&files[i], buf_bytes(&bases[i])), 0);
	}
	while (calls--) {
		struct call call;
		random_call(seed, &call, span, kinds);
		assert_int_equal(edits_call(&edits, &call), 0);
		for (size_t i = 0; i < N_BASES; i++)
			model_call(&files[i], &call);
		for (size_t i = 0; i < N_BASES; i++)
			check_apply(&edits, buf_bytes(&bases[i]), buf_bytes(&files[i]));
	}
	for (size_t i = 0; i < N_BASES; i++) {
		buf_fini(&files[i]);
		buf_fini(&bases[i]);
	}
}

static void test_random_calls(void **state)
{
	unsigned int seed = test_seed();

	for (int round = 0; round < 10000; round++)
		check_round(&seed);
}

/* --- No memory ----------------------------------------------------------------------------- */

static void check_failing_call(const struct call *before, size_t n_before, const struct call *call)
{
	int r = -ENOMEM, failures;

	for (failures = 0; r == -ENOMEM; failures++) {
		CLEANUP(edits) struct edits edits = {0};
		CLEANUP(buf) struct buf file = {0};
		for (size_t i = 0; i < n_before; i++) {
			assert_int_equal(edits_call(&edits, &before[i]), 0);
			model_call(&file, &before[i]);
		}
		alloc_fail_after(failures);
		r = edits_call(&edits, call);
		alloc_fail_never();
		if (r == 0)
			model_call(&file, call);
		check_apply(&edits, (struct bytes){NULL, 0}, buf_bytes(&file));
		assert_int_equal(edits_empty(&edits), r < 0 && n_before == 0);
	}
	assert_int_equal(r, 0);
}

static void test_no_memory_changes_nothing(void **state)
{
	static uint8_t block[3000];
	const struct call calls[] = {
		{CALL_WRITE, 5, {block, 700}},
		{CALL_APPEND, 0, {block, 90}},
		{CALL_WRITE, 5000, {block, 3000}},
		{CALL_APPEND, 0, {block, 3000}},
		{CALL_TRUNCATE, 100, {NULL, 0}},
		{CALL_APPEND, 0, {block, 3000}},
		{CALL_WRITE, 90000, {block, 1}},
		{CALL_GROW, 95000, {NULL, 0}},
	};

	memset(block, 'x', sizeof(block));
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		for (size_t j = 0; j < sizeof(calls) / sizeof(*calls); j++)
			check_failing_call(calls, i, &calls[j]);
}

static void test_no_memory_to_apply(void **state)
{
	CLEANUP(edits) struct edits edits = {0};
	int r = -ENOMEM, failures;

	assert_int_equal(edits_append(&edits, bytes_of("x")), 0);
	assert_int_equal(edits_truncate(&edits, 1000), 0);
	for (failures = 0; r == -ENOMEM; failures++) {
		CLEANUP(buf) struct buf value = {0};
		alloc_fail_after(failures);
		r = edits_apply(&edits, &value);
		alloc_fail_never();
		if (r == 0)
			assert_int_equal(value.len, 1000);
	}
	assert_int_equal(r, 0);
	assert_int_equal(failures, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_write_fills_a_gap),
		cmocka_unit_test(test_append_lands_at_the_new_end),
		cmocka_unit_test(test_grow_only_lengthens),
		cmocka_unit_test(test_truncate_knows_its_size),
		cmocka_unit_test(test_truncate_to_nothing_forgets),
		cmocka_unit_test(test_ends_that_no_file_has),
		cmocka_unit_test(test_many_small_writes_are_one_edit),
		cmocka_unit_test(test_random_calls),
		cmocka_unit_test(test_no_memory_changes_nothing),
		cmocka_unit_test(test_no_memory_to_apply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
