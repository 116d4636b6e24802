/* Ranges of bytes, locked and unlocked by owners, beside a model that has an entry for each byte.
 */
#include "fs/lock/ranges.h"

#include "tests/lib/alloc.h"

#include "tests/unit/seed.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N_BYTES = 12, N_OWNERS = 3 };

/* What each owner has of each byte: 0: nothing, 1: shared, 2: exclusive. The last byte of the model
 * stands for all up to the end. */
struct model {
	char modes[N_OWNERS][N_BYTES];
};

static int64_t last_of(size_t byte)
{
	return byte == N_BYTES - 1 ? RANGE_END : (int64_t)byte;
}

static size_t byte_of(int64_t at)
{
	return at >= N_BYTES ? N_BYTES - 1 : (size_t)at;
}

static void model_set(struct model *model, const struct range *range, char mode)
{
	for (size_t byte = byte_of(range->first); byte <= byte_of(range->last); byte++)
		model->modes[range->owner][byte] = mode;
}

static bool model_conflicts(const struct model *model, const struct range *range)
{
	for (size_t owner = 0; owner < N_OWNERS; owner++)
		for (size_t byte = byte_of(range->first); byte <= byte_of(range->last); byte++) {
			char mode = model->modes[owner][byte];
			if (owner != range->owner && mode && (mode == 2 || range->exclusive))
				return true;
		}
	return false;
}

/* Each byte has the mode of the model, and no two ranges of an owner could be one. */
static void compare(const struct ranges *ranges, const struct model *model)
{
	struct model seen = {0};
	size_t n_runs = 0;

	for (size_t i = 0; i < ranges->n; i++) {
		const struct range *range = &ranges->list[i];
		assert_true(range->first <= range->last);
		for (size_t byte = byte_of(range->first); byte <= byte_of(range->last); byte++)
			assert_int_equal(seen.modes[range->owner][byte], 0);
		model_set(&seen, range, range->exclusive ? 2 : 1);
	}
	assert_memory_equal(&seen, model, sizeof(seen));
	for (size_t owner = 0; owner < N_OWNERS; owner++) {
		const char *modes = model->modes[owner];
		for (size_t byte = 0; byte < N_BYTES; byte++)
			n_runs += modes[byte] && (!byte || modes[byte - 1] != modes[byte]);
		assert_int_equal(ranges_has(ranges, owner),
			memchr(modes, 1, N_BYTES) || memchr(modes, 2, N_BYTES));
		assert_int_equal(
			ranges_has_exclusive(ranges, owner), memchr(modes, 2, N_BYTES) != NULL);
	}
	assert_int_equal(ranges->n, n_runs);
}

static struct range random_range(void)
{
	size_t a = (size_t)rand() % N_BYTES, b = (size_t)rand() % N_BYTES;

	return (struct range){
		.owner = (uint64_t)rand() % N_OWNERS,
		.first = (int64_t)(a < b ? a : b),
		.last = last_of(a < b ? b : a),
		.exclusive = rand() % 2,
	};
}

static void step(struct ranges *ranges, struct model *model)
{
	struct range range = random_range();
	const struct range *conflict = ranges_conflict(ranges, &range);

	assert_int_equal(conflict != NULL, model_conflicts(model, &range));
	if (conflict)
		assert_true(range_conflicts(conflict, &range));
	if (rand() % 8 == 0) {
		ranges_drop(ranges, range.owner);
		memset(model->modes[range.owner], 0, N_BYTES);
	} else if (rand() % 2) {
		assert_int_equal(ranges_lock(ranges, &range), 0);
		model_set(model, &range, range.exclusive ? 2 : 1);
	} else {
		assert_int_equal(ranges_unlock(ranges, &range), 0);
		model_set(model, &range, 0);
	}
	compare(ranges, model);
}

static void as_the_model(void **state)
{
	(void)state;
	srand(test_seed());
	for (int round = 0; round < 200; round++) {
		struct ranges ranges = {0};
		struct model model = {0};
		for (int i = 0; i < 200; i++)
			step(&ranges, &model);
		ranges_fini(&ranges);
	}
}

static void the_first_conflict_is_told(void **state)
{
	struct ranges ranges = {0};
	struct range wish = {.owner = 1, .first = 0, .last = RANGE_END};
	const struct range *conflict;

	(void)state;
	assert_null(ranges_conflict(&ranges, &wish));
	for (int64_t at = 30; at > 0; at -= 10) {
		struct range range = {
			.owner = 2, .first = at, .last = at + 4, .exclusive = at != 20, .pid = 7};
		assert_int_equal(ranges_lock(&ranges, &range), 0);
	}
	conflict = ranges_conflict(&ranges, &wish);
	assert_non_null(conflict);
	assert_int_equal(conflict->first, 10);
	assert_int_equal(conflict->last, 14);
	assert_int_equal(conflict->pid, 7);
	wish.first = 15;
	assert_int_equal(ranges_conflict(&ranges, &wish)->first, 30);
	wish.exclusive = true;
	assert_int_equal(ranges_conflict(&ranges, &wish)->first, 20);
	wish.owner = 2;
	assert_null(ranges_conflict(&ranges, &wish));
	ranges_fini(&ranges);
}

/* The ends of what fcntl(2) can ask for. */
static void the_ends_do_not_overflow(void **state)
{
	struct ranges ranges = {0};
	struct range all = {.owner = 1, .first = 0, .last = RANGE_END, .exclusive = true};
	struct range last = {.owner = 1, .first = RANGE_END, .last = RANGE_END, .exclusive = true};
	struct range first = {.owner = 1, .first = 0, .last = 0, .exclusive = true};

	(void)state;
	assert_int_equal(ranges_lock(&ranges, &last), 0);
	assert_int_equal(ranges_lock(&ranges, &first), 0);
	assert_int_equal(ranges.n, 2);
	assert_int_equal(ranges_lock(&ranges, &all), 0);
	assert_int_equal(ranges.n, 1);
	assert_int_equal(ranges_unlock(&ranges, &last), 0);
	assert_int_equal(ranges.list[0].last, RANGE_END - 1);
	assert_int_equal(ranges_unlock(&ranges, &first), 0);
	assert_int_equal(ranges.list[0].first, 1);
	assert_int_equal(ranges_unlock(&ranges, &all), 0);
	assert_int_equal(ranges.n, 0);
	ranges_fini(&ranges);
}

/* Without memory nothing has changed. */
static void without_memory(void **state)
{
	struct ranges ranges = {0};
	struct model model = {0};
	int64_t at = 0;

	(void)state;
	alloc_fail_after(0);
	for (; at < 100; at += 2) {
		struct range range = {.owner = 1, .first = at, .last = at};
		struct ranges before = ranges;
		int r = ranges_lock(&ranges, &range);
		if (r < 0) {
			assert_int_equal(r, -ENOMEM);
			assert_memory_equal(&before, &ranges, sizeof(before));
			assert_int_equal(ranges_unlock(&ranges, &range), -ENOMEM);
			assert_memory_equal(&before, &ranges, sizeof(before));
			alloc_fail_after(1);
			at -= 2;
		} else {
			alloc_fail_after(0);
		}
	}
	alloc_fail_never();
	assert_int_equal(ranges.n, 50);
	ranges_drop(&ranges, 1); /* needs none */
	compare(&ranges, &model);
	ranges_fini(&ranges);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_the_model),
		cmocka_unit_test(the_first_conflict_is_told),
		cmocka_unit_test(the_ends_do_not_overflow),
		cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
