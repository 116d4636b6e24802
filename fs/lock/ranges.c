#include "fs/lock/ranges.h"

#include <errno.h>
#include <stdlib.h>

void ranges_fini(struct ranges *ranges)
{
	free(ranges->list);
	*ranges = (struct ranges){0};
}

static bool overlap(const struct range *a, const struct range *b)
{
	return a->first <= b->last && b->first <= a->last;
}

/* Whether no byte is between them. */
static bool touch(const struct range *a, const struct range *b)
{
	return (a->last == RANGE_END || b->first <= a->last + 1) &&
	       (b->last == RANGE_END || a->first <= b->last + 1);
}

bool range_conflicts(const struct range *a, const struct range *b)
{
	return a->owner != b->owner && (a->exclusive || b->exclusive) && overlap(a, b);
}

/* Room for what one change can add: the range itself, and a half of one that it cuts. */
static int ranges_reserve(struct ranges *ranges)
{
	size_t capacity = 2 * ranges->capacity + 4;
	struct range *list;

	if (ranges->n + 2 <= ranges->capacity)
		return 0;
	list = realloc(ranges->list, capacity * sizeof(*list));
	if (!list)
		return -ENOMEM;
	ranges->list = list;
	ranges->capacity = capacity;
	return 0;
}

static void range_remove(struct ranges *ranges, size_t i)
{
	ranges->list[i] = ranges->list[--ranges->n];
}

/* Takes the bytes of @cut out of its owner's ranges. There is room. */
static void ranges_cut(struct ranges *ranges, const struct range *cut)
{
	for (size_t i = ranges->n; i-- > 0;) {
		struct range *range = &ranges->list[i];
		struct range after = *range;

		if (range->owner != cut->owner || !overlap(range, cut))
			continue;
		if (range->last > cut->last) {
			after.first = cut->last + 1;
			ranges->list[ranges->n++] = after;
		}
		if (range->first < cut->first)
			range->last = cut->first - 1;
		else
			range_remove(ranges, i);
	}
}

/* Adds @range, as one with those of its owner and mode that it touches. */
static void ranges_merge(struct ranges *ranges, struct range range)
{
	for (size_t i = ranges->n; i-- > 0;) {
		const struct range *other = &ranges->list[i];

		if (other->owner != range.owner || other->exclusive != range.exclusive ||
			!touch(other, &range))
			continue;
		if (other->first < range.first)
			range.first = other->first;
		if (other->last > range.last)
			range.last = other->last;
		range_remove(ranges, i);
	}
	ranges->list[ranges->n++] = range;
}

int ranges_lock(struct ranges *ranges, const struct range *range)
{
	int r = ranges_reserve(ranges);

	if (r < 0)
		return r;
	ranges_cut(ranges, range);
	ranges_merge(ranges, *range);
	return 0;
}

int ranges_unlock(struct ranges *ranges, const struct range *range)
{
	int r = ranges_reserve(ranges);

	if (r == 0)
		ranges_cut(ranges, range);
	return r;
}

void ranges_drop(struct ranges *ranges, uint64_t owner)
{
	for (size_t i = ranges->n; i-- > 0;)
		if (ranges->list[i].owner == owner)
			range_remove(ranges, i);
}

const struct range *ranges_conflict(const struct ranges *ranges, const struct range *range)
{
	const struct range *first = NULL;

	for (size_t i = 0; i < ranges->n; i++)
		if (range_conflicts(&ranges->list[i], range) &&
			(!first || ranges->list[i].first < first->first))
			first = &ranges->list[i];
	return first;
}

bool ranges_has(const struct ranges *ranges, uint64_t owner)
{
	for (size_t i = 0; i < ranges->n; i++)
		if (ranges->list[i].owner == owner)
			return true;
	return false;
}

bool ranges_has_exclusive(const struct ranges *ranges, uint64_t owner)
{
	for (size_t i = 0; i < ranges->n; i++)
		if (ranges->list[i].owner == owner && ranges->list[i].exclusive)
			return true;
	return false;
}
