/* Locks of bytes of a file by four owners, compared with a table that has an entry for each byte.
 */
#include "tests/fuzz/fuzz.h"

#include "fs/lock/ranges.h"

enum { OWNERS = 4, BYTES = 64 }; /* the last of these stands for all that follow */

static char model[OWNERS][BYTES]; /* 0: free; 's', 'x' */

static struct range range_of(struct bytes *input)
{
	uint8_t owner = fuzz_byte(input), first = fuzz_byte(input) % BYTES,
		last = fuzz_byte(input) % BYTES;

	return (struct range){.owner = owner % OWNERS,
		.exclusive = owner & 0x80,
		.first = first < last ? first : last,
		.last = (first < last ? last : first) == BYTES - 1 ? RANGE_END
								   : (first < last ? last : first)};
}

static void model_set(const struct range *range, char mode)
{
	for (int64_t i = range->first; i < BYTES && i <= range->last; i++)
		model[range->owner][i] = mode;
}

static bool model_conflicts(const struct range *range)
{
	for (int64_t i = range->first; i < BYTES && i <= range->last; i++)
		for (size_t owner = 0; owner < OWNERS; owner++)
			if (owner != range->owner && model[owner][i] &&
				(range->exclusive || model[owner][i] == 'x'))
				return true;
	return false;
}

/* No two ranges of an owner overlap, and together they are the table. */
static void compare(const struct ranges *ranges)
{
	for (size_t owner = 0; owner < OWNERS; owner++) {
		bool any = false, exclusive = false;

		for (int64_t at = 0; at < BYTES; at++) {
			char mode = 0;

			for (size_t i = 0; i < ranges->n; i++) {
				const struct range *range = &ranges->list[i];
				if (range->owner != owner || range->first > at || range->last < at)
					continue;
				fuzz_check(!mode);
				mode = range->exclusive ? 'x' : 's';
			}
			fuzz_check(mode == model[owner][at]);
			any |= mode != 0;
			exclusive |= mode == 'x';
		}
		fuzz_check(ranges_has(ranges, owner) == any);
		fuzz_check(ranges_has_exclusive(ranges, owner) == exclusive);
	}
}

static void step(struct ranges *ranges, struct bytes *input)
{
	uint8_t what = fuzz_byte(input) % 4;
	struct range range = range_of(input), all = {.owner = range.owner, .last = RANGE_END};

	fuzz_check(!ranges_conflict(ranges, &range) == !model_conflicts(&range));
	if (what == 0) {
		ranges_drop(ranges, range.owner);
		model_set(&all, 0);
	} else if (what == 1) {
		fuzz_check(ranges_unlock(ranges, &range) == 0);
		model_set(&range, 0);
	} else {
		fuzz_check(ranges_lock(ranges, &range) == 0);
		model_set(&range, range.exclusive ? 'x' : 's');
	}
	compare(ranges);
}

void fuzz_one(struct bytes input)
{
	struct ranges ranges = {0};

	for (size_t owner = 0; owner < OWNERS; owner++)
		model_set(&(struct range){.owner = owner, .last = RANGE_END}, 0);
	while (input.len)
		step(&ranges, &input);
	ranges_fini(&ranges);
}
