/* What one open file has written since its value was read, to be replayed on a newer value. */
/*
 * Owner:   the open file, which embeds it; zero-initialised it is empty.
 * Threads: none of its own; under the lock of the open file.
 * Memory:  bounded by the file it describes, not by how often that is written: bytes written over
 *          or cut off are not kept, and offsets count, so check them against the limit on a
 *          value's size first. Only where appends and writes at a place take turns does each turn
 *          cost: look at edits_cost().
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
 * Each records one call of its like, and copies @bytes. Nothing written is no edit; every truncate
 * is one, as only a replay shows whether it changes something.
 *
 * 0, -ENOMEM, or -EFBIG when the end is past what a file can have (2^63 - 1). A failure changes
 * nothing.
 */
int edits_write(struct edits *edits, uint64_t offset, struct bytes bytes);
int edits_append(struct edits *edits, struct bytes bytes);
int edits_truncate(struct edits *edits, uint64_t size);
int edits_grow(struct edits *edits, uint64_t size); /* zeros up to @size, if it is shorter */

/* The memory that they need, in bytes, about; a descriptor is let have EDITS_ROOM and some values.
 */
#define EDITS_ROOM (1 << 20)
size_t edits_cost(const struct edits *edits);

bool edits_empty(const struct edits *edits);

/* Replays the edits on @value. 0, or -ENOMEM, and it is as it was. */
int edits_apply(const struct edits *edits, struct buf *value);

/* What that makes of @base: at most @size bytes at @offset, in @ret, which is empty. 0 or -ENOMEM.
 */
int edits_read(const struct edits *edits, struct bytes base, uint64_t offset, size_t size,
	struct buf *ret);

/* How many bytes that makes of @size bytes. */
size_t edits_size(const struct edits *edits, size_t size);
