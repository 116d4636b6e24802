/* Which bytes of a file are locked by whom, as POSIX has it: one mode a byte and owner. */
/*
 * Owner:   whoever embeds it; zero-initialised nothing is locked. Pure.
 *
 * A lock of the whole file, as of flock(2), is the range from 0 to RANGE_END. An owner's ranges
 * never overlap, and those that touch and have one mode are one range.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define RANGE_END INT64_MAX /* up to the end of the file, wherever that will be */

struct range {
	uint64_t owner;
	int64_t first, last; /* bytes; both belong to it */
	bool exclusive;
	pid_t pid; /* who has locked it last */
};

struct ranges {
	struct range *list; /* in no order */
	size_t n, capacity;
};

void ranges_fini(struct ranges *ranges); /* frees, and leaves none */

/* The bytes of @range are its owner's with its mode, whatever mode they had before. 0 or -ENOMEM:
 * nothing has changed. */
int ranges_lock(struct ranges *ranges, const struct range *range);

/* The bytes of @range are not its owner's any more. 0 or -ENOMEM, as a range may become two:
 * nothing has changed. */
int ranges_unlock(struct ranges *ranges, const struct range *range);

/* Drops all ranges of @owner. */
void ranges_drop(struct ranges *ranges, uint64_t owner);

/* A range of another owner that does not allow @range; the one that begins first, as of F_GETLK.
 * NULL: there is none. Valid until the next change. */
const struct range *ranges_conflict(const struct ranges *ranges, const struct range *range);

/* Whether @owner has any range; whether it has an exclusive one. */
bool ranges_has(const struct ranges *ranges, uint64_t owner);
bool ranges_has_exclusive(const struct ranges *ranges, uint64_t owner);

/* Whether two owners cannot have these two ranges at once. */
bool range_conflicts(const struct range *a, const struct range *b);
