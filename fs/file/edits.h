/* What one open file has written since its value was read, ready for replay on a newer value. */
/*
 * Owner:   the open file, which embeds it; zero-initialised it is empty.
 * Threads: none of its own; under the lock of the open file.
 * Memory:  bounded by the size of the file, not by the number of writes: overwritten and cut off
 *          bytes are not kept. Offsets count, so check them against the limit on a value's size
 *          first. Only alternating appends and writes at an offset cost memory each time: check
 *          edits_cost().
 */
#pragma once

#include "fs/base/buf.h"

struct edit;

struct edits {
	struct edit *list; /* in the order of replay */
	size_t count;
	size_t capacity;
};

void edits_init(struct edits *edits);
void edits_fini(struct edits *edits);  /* frees all and leaves empty edits */
void edits_clear(struct edits *edits); /* the same, by the name for "it is published" */

static inline void edits_cleanup(struct edits *edits) /* CLEANUP(edits) struct edits e = {0}; */
{
	edits_fini(edits);
}

/*
 * Each records one call of its kind, and copies @bytes. A write of no bytes is not recorded; every
 * truncate is, because only a replay shows whether it changes something.
 *
 * Returns 0, -ENOMEM, or -EFBIG when the end is past what a file can have (2^63 - 1). A failure
 * changes nothing.
 */
int edits_write(struct edits *edits, uint64_t offset, struct bytes bytes);
int edits_append(struct edits *edits, struct bytes bytes);
int edits_truncate(struct edits *edits, uint64_t size);
int edits_grow(struct edits *edits, uint64_t size); /* adds zeros up to @size, if it is shorter */

/* The memory that the edits need, in bytes, approximately. A descriptor may use EDITS_ROOM plus
 * four values of the maximum size (handle_room_locked()). */
#define EDITS_ROOM (1 << 20)
size_t edits_cost(const struct edits *edits);

bool edits_empty(const struct edits *edits);

/* Replays the edits on @value. Returns 0, or -ENOMEM and @value is unchanged. */
int edits_apply(const struct edits *edits, struct buf *value);

/* Reads from the result of a replay on @base: at most @size bytes at @offset, into @ret, which is
 * empty. Returns 0 or -ENOMEM. */
int edits_read(const struct edits *edits, struct bytes base, uint64_t offset, size_t size,
	struct buf *ret);

/* The size that a replay makes of a value of @size bytes. */
size_t edits_size(const struct edits *edits, size_t size);
