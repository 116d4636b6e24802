/*
 * The calls are not kept one by one but in a normal form, a list of
 *
 *   WRITE   "overlay these bytes": any number of writes, in an image that reaches to the end of the
 *           furthest write, with a bit for each byte that was written. If the image is longer than
 *           the file, it extends the file (to grow a file is a write of no bytes at the new end).
 *   APPEND  "these bytes at the end": any number of appends, one after the other.
 *   RESIZE  "keep the first KEPT bytes, make it SIZE long with zeros, overlay these bytes".
 *
 * After a truncation the size is known, whatever the base is. So a RESIZE absorbs every later call
 * (an append becomes a write at SIZE, which grows), is always the last edit, and absorbs a WRITE
 * before it. The bytes that it cuts off are dropped; if it keeps nothing, all edits before it are
 * dropped too. WRITE and APPEND alternate only if one open file is written to in both ways.
 *
 * A write costs time for its length, and for a gap once, when the image first grows over the gap. A
 * read costs its length as well, because the edits are applied only to the part that is read.
 */
#include "fs/file/edits.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

enum edit_kind {
	EDIT_WRITE,
	EDIT_APPEND,
	EDIT_RESIZE,
};

struct edit {
	enum edit_kind kind;
	size_t kept; /* RESIZE: the bytes that it keeps of the value before it */
	size_t size; /* RESIZE: the value's size after it; never less than kept or image.len */
	struct buf image;
	struct buf written; /* not for APPEND: a bit for each byte of image; the bits after are 0 */
};

#define EDIT_COST 256 /* besides the image: the edit, and malloc's overhead */

static void edit_fini(struct edit *edit)
{
	buf_fini(&edit->image);
	buf_fini(&edit->written);
}

void edits_init(struct edits *edits)
{
	*edits = (struct edits){0};
}

void edits_fini(struct edits *edits)
{
	for (size_t i = 0; i < edits->count; i++)
		edit_fini(&edits->list[i]);
	free(edits->list);
	edits_init(edits);
}

void edits_clear(struct edits *edits)
{
	edits_fini(edits);
}

bool edits_empty(const struct edits *edits)
{
	return edits->count == 0;
}

/* --- Bits, one for each byte of an image --- */

static size_t bits_size(size_t bits)
{
	return bits / 8 + (bits % 8 != 0);
}

static bool bits_test(const uint8_t *bits, size_t at)
{
	return bits[at / 8] >> at % 8 & 1;
}

static void bits_set(uint8_t *bits, size_t at, size_t end)
{
	for (; at < end && at % 8; at++)
		bits[at / 8] |= 1 << at % 8;
	for (; end - at >= 8; at += 8)
		bits[at / 8] = 0xff;
	for (; at < end; at++)
		bits[at / 8] |= 1 << at % 8;
}

/* Where the run of equal bits that begins at @at ends; at most @end. */
static size_t bits_run(const uint8_t *bits, size_t at, size_t end)
{
	bool bit = bits_test(bits, at);
	uint8_t whole = bit ? 0xff : 0;

	while (at < end && bits_test(bits, at) == bit)
		at += at % 8 == 0 && bits[at / 8] == whole ? 8 : 1;
	return at < end ? at : end;
}

/* --- One edit --- */

static int edit_write(struct edit *edit, size_t offset, struct bytes bytes)
{
	size_t end = offset + bytes.len;
	int r = 0;

	if (end > edit->image.len) {
		r = buf_reserve(&edit->written, bits_size(end) - edit->written.len);
		if (r == 0)
			r = buf_resize(&edit->image, end);
		if (r == 0)
			r = buf_resize(&edit->written, bits_size(end));
		if (r < 0)
			return r;
	}
	if (bytes.len) {
		memcpy(edit->image.data + offset, bytes.data, bytes.len);
		bits_set(edit->written.data, offset, end);
	}
	if (edit->size < end)
		edit->size = end;
	return 0;
}

/* The size that the edit makes of a value of @size bytes. */
static size_t edit_size(const struct edit *edit, size_t size)
{
	if (edit->kind == EDIT_APPEND)
		return size + edit->image.len;
	if (edit->kind == EDIT_RESIZE)
		return edit->size;
	return size < edit->image.len ? edit->image.len : size;
}

/* Drops the bytes written from @len on. */
static void edit_trim(struct edit *edit, size_t len)
{
	if (len >= edit->image.len)
		return;
	edit->image.len = len;
	edit->written.len = bits_size(len);
	if (len % 8)
		edit->written.data[len / 8] &= 0xff >> (8 - len % 8);
}

/* The bytes [from, end) of a value; those past the value's end are zeros. */
struct part {
	size_t from, end;
	uint8_t *data;
};

/* Sets those bytes of [at, end) that are in @part to @bytes; NULL: to zeros. */
static void part_set(const struct part *part, size_t at, size_t end, const uint8_t *bytes)
{
	size_t from = at > part->from ? at : part->from;

	if (end > part->end)
		end = part->end;
	if (from < end && bytes)
		memcpy(part->data + (from - part->from), bytes + (from - at), end - from);
	else if (from < end)
		memset(part->data + (from - part->from), 0, end - from);
}

/* @size: of the value before the edit. */
static void edit_apply(const struct edit *edit, size_t size, const struct part *part)
{
	size_t end = edit->image.len < part->end ? edit->image.len : part->end, next;

	if (edit->kind == EDIT_APPEND) {
		part_set(part, size, size + edit->image.len, edit->image.data);
		return;
	}
	if (edit->kind == EDIT_RESIZE)
		part_set(part, edit->kept, SIZE_MAX, NULL);
	for (size_t at = part->from; at < end; at = next) {
		next = bits_run(edit->written.data, at, end);
		if (bits_test(edit->written.data, at))
			part_set(part, at, next, edit->image.data + at);
	}
}

/* --- The list --- */

static struct edit *edits_last(const struct edits *edits)
{
	return edits->count ? &edits->list[edits->count - 1] : NULL;
}

static int edits_push(struct edits *edits, enum edit_kind kind)
{
	if (edits->count == edits->capacity) {
		size_t capacity = edits->capacity ? edits->capacity * 2 : 2;
		struct edit *list = realloc(edits->list, capacity * sizeof(*list));
		if (!list)
			return -ENOMEM;
		edits->list = list;
		edits->capacity = capacity;
	}
	edits->list[edits->count++] = (struct edit){.kind = kind};
	return 0;
}

static void edits_pop(struct edits *edits)
{
	edit_fini(&edits->list[--edits->count]);
}

/* Makes sure that the last edit is one that can absorb a call of @kind. */
static int edits_prepare(struct edits *edits, enum edit_kind kind)
{
	const struct edit *last = edits_last(edits);

	if (last && (last->kind == kind || last->kind == EDIT_RESIZE))
		return 0;
	return edits_push(edits, kind);
}

size_t edits_cost(const struct edits *edits)
{
	size_t cost = 0;

	for (size_t i = 0; i < edits->count; i++)
		cost += EDIT_COST + edits->list[i].image.len;
	return cost;
}

/* A write of no bytes only extends the file to @offset. */
static int edits_overlay(struct edits *edits, uint64_t offset, struct bytes bytes)
{
	size_t before = edits->count;
	int r;

	if (offset > SSIZE_MAX || bytes.len > SSIZE_MAX - offset)
		return -EFBIG;
	r = edits_prepare(edits, EDIT_WRITE);
	if (r < 0)
		return r;
	r = edit_write(edits_last(edits), offset, bytes);
	if (r < 0 && edits->count > before)
		edits_pop(edits);
	return r;
}

int edits_write(struct edits *edits, uint64_t offset, struct bytes bytes)
{
	return bytes.len == 0 ? 0 : edits_overlay(edits, offset, bytes);
}

int edits_grow(struct edits *edits, uint64_t size)
{
	return edits_overlay(edits, size, (struct bytes){0});
}

int edits_append(struct edits *edits, struct bytes bytes)
{
	const struct edit *last = edits_last(edits);
	size_t before = edits->count;
	int r;

	if (last && last->kind == EDIT_RESIZE)
		return edits_write(edits, last->size, bytes);
	if (bytes.len == 0)
		return 0;
	r = edits_prepare(edits, EDIT_APPEND);
	if (r < 0)
		return r;
	r = buf_append_bytes(&edits_last(edits)->image, bytes);
	if (r < 0 && edits->count > before)
		edits_pop(edits);
	return r;
}

/* Drops all edits before the last one, which keeps nothing of the value. */
static void edits_forget_base(struct edits *edits)
{
	struct edit last = edits->list[--edits->count];

	while (edits->count)
		edits_pop(edits);
	edits->list[edits->count++] = last;
}

int edits_truncate(struct edits *edits, uint64_t size)
{
	struct edit *last = edits_last(edits);
	int r;

	if (size > SSIZE_MAX)
		return -EFBIG;
	if (!last || last->kind == EDIT_APPEND) {
		r = edits_push(edits, EDIT_WRITE);
		if (r < 0)
			return r;
		last = edits_last(edits);
	}
	edit_trim(last, size);
	if (last->kind == EDIT_WRITE || last->kept > size)
		last->kept = size;
	last->kind = EDIT_RESIZE;
	last->size = size;
	if (size == 0)
		edits_forget_base(edits);
	return 0;
}

size_t edits_size(const struct edits *edits, size_t size)
{
	for (size_t i = 0; i < edits->count; i++)
		size = edit_size(&edits->list[i], size);
	return size;
}

/* @size: of the value before the edits. */
static void edits_apply_to(const struct edits *edits, size_t size, const struct part *part)
{
	for (size_t i = 0; i < edits->count; i++) {
		edit_apply(&edits->list[i], size, part);
		size = edit_size(&edits->list[i], size);
	}
}

int edits_apply(const struct edits *edits, struct buf *value)
{
	size_t before = value->len, after = edits_size(edits, before);
	int r = after > before ? buf_resize(value, after) : 0;

	if (r < 0)
		return r;
	edits_apply_to(edits, before, &(struct part){0, value->len, value->data});
	value->len = after;
	return 0;
}

int edits_read(
	const struct edits *edits, struct bytes base, uint64_t offset, size_t size, struct buf *ret)
{
	size_t len = edits_size(edits, base.len);
	size_t from = offset < len ? offset : len;
	size_t end = size < len - from ? from + size : len;
	int r = buf_resize(ret, end - from);
	struct part part = {from, end, ret->data};

	if (r < 0)
		return r;
	part_set(&part, 0, base.len, base.data);
	edits_apply_to(edits, base.len, &part);
	return 0;
}
