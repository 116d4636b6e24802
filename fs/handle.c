#include "fs/handle.h"

#include <errno.h>
#include <string.h>

static void handle_show_size(struct handle *handle, bool dirty)
{
	if (dirty)
		mirror_set_local_size(
			handle->mirror, handle->id, &handle->writer, handle->content.len);
	else if (handle->writer.listed)
		mirror_end_local_size(handle->mirror, handle->id, &handle->writer);
}

int handle_new(struct mirror *mirror, uint64_t id, struct value *value, unsigned flags,
	struct handle **ret)
{
	CLEANUP(free) struct handle *handle = calloc(1, sizeof(*handle));
	int r;

	if (!handle)
		return -ENOMEM;
	handle->cut = flags & O_TRUNC;
	if (handle->cut && edits_truncate(&handle->edits, 0) < 0)
		return -ENOMEM;
	r = mirror_handle_add(mirror, id);
	if (r < 0) {
		edits_fini(&handle->edits);
		return r;
	}
	handle->mirror = mirror;
	handle->id = id;
	handle->base = value_ref(value);
	lock_init(&handle->lock);
	TAILQ_INIT(&handle->queue);
	TAILQ_INIT(&handle->settlers);
	if (handle->cut)
		handle_show_size(handle, true);
	*ret = STEAL(handle);
	return 0;
}

void handle_made(struct handle *handle)
{
	handle->made = true;
	mirror_making(handle->mirror, handle->id, 1);
}

void handle_close(struct handle *handle)
{
	bool closed;

	lock_take(&handle->lock);
	closed = handle->closed;
	handle->closed = true;
	handle_show_size(handle, false);
	lock_drop(&handle->lock);
	if (closed)
		return;
	if (handle->made)
		mirror_making(handle->mirror, handle->id, -1);
	mirror_handle_remove(handle->mirror, handle->id);
}

void handle_free(struct handle *handle)
{
	handle_close(handle);
	value_unref(handle->base);
	buf_fini(&handle->content);
	edits_fini(&handle->edits);
	lock_fini(&handle->lock);
	free(handle);
}

/* The content to edit: a copy of the base, at the first edit. */
static int content_locked(struct handle *handle) REQUIRES(handle->lock)
{
	if (!edits_empty(&handle->edits))
		return 0;
	buf_clear(&handle->content);
	return buf_append_bytes(&handle->content, value_bytes(handle->base));
}

static int content_write_locked(struct handle *handle, uint64_t offset, struct bytes bytes)
	REQUIRES(handle->lock)
{
	size_t end = offset + bytes.len;
	int r = end > handle->content.len ? buf_resize(&handle->content, end) : 0;

	if (r == 0)
		memcpy(handle->content.data + offset, bytes.data, bytes.len);
	return r;
}

static int spoil_locked(struct handle *handle) REQUIRES(handle->lock)
{
	handle->spoiled |= !edits_empty(&handle->edits);
	edits_clear(&handle->edits);
	buf_clear(&handle->content);
	return -EFBIG;
}

#define HANDLE_END UINT64_MAX /* an offset: the end, wherever it is when it is published */

static int write_locked(struct handle *handle, uint64_t offset, struct bytes bytes, size_t max)
	REQUIRES(handle->lock)
{
	uint64_t at = offset;
	int r = handle->busy ? -EBUSY : content_locked(handle);

	if (r < 0)
		return r;
	if (offset == HANDLE_END)
		at = handle->content.len;
	if (handle->spoiled || at > max || bytes.len > max - at)
		return spoil_locked(handle);
	r = content_write_locked(handle, at, bytes);
	if (r == 0)
		r = offset == HANDLE_END ? edits_append(&handle->edits, bytes)
					 : edits_write(&handle->edits, offset, bytes);
	if (r == 0)
		handle->written = true;
	return r;
}

int handle_write(struct handle *handle, uint64_t offset, struct bytes bytes, size_t max)
{
	int r;

	lock_take(&handle->lock);
	r = write_locked(handle, offset, bytes, max);
	if (r == 0 || r == -EFBIG)
		handle_show_size(handle, r == 0);
	lock_drop(&handle->lock);
	return r;
}

int handle_append(struct handle *handle, struct bytes bytes, size_t max)
{
	return handle_write(handle, HANDLE_END, bytes, max);
}

static int truncate_locked(struct handle *handle, uint64_t size, size_t max) REQUIRES(handle->lock)
{
	int r = handle->busy ? -EBUSY : content_locked(handle);

	if (r == 0 && (handle->spoiled || size > max))
		return -EFBIG;
	if (r == 0)
		r = buf_resize(&handle->content, size);
	if (r == 0)
		r = edits_truncate(&handle->edits, size);
	if (r == 0)
		handle->written = true;
	return r;
}

int handle_truncate(struct handle *handle, uint64_t size, size_t max)
{
	int r;

	lock_take(&handle->lock);
	r = truncate_locked(handle, size, max);
	if (r == 0)
		handle_show_size(handle, true);
	lock_drop(&handle->lock);
	return r;
}

/* Zeros over what is there of [offset, end), which is all of it once the size has grown. */
static int zero_locked(struct handle *handle, uint64_t offset, uint64_t end) REQUIRES(handle->lock)
{
	CLEANUP(buf) struct buf zeros = {0};
	int r;

	if (end > handle->content.len)
		end = handle->content.len;
	if (offset >= end)
		return 0;
	r = buf_resize(&zeros, end - offset);
	if (r == 0)
		r = edits_write(&handle->edits, offset, buf_bytes(&zeros));
	if (r < 0)
		return r;
	handle->written = true;
	return content_write_locked(handle, offset, buf_bytes(&zeros));
}

static int grow_locked(struct handle *handle, uint64_t size) REQUIRES(handle->lock)
{
	int r;

	if (size <= handle->content.len)
		return 0;
	r = edits_grow(&handle->edits, size);
	if (r < 0)
		return r;
	handle->written = true;
	return buf_resize(&handle->content, size);
}

static int allocate_locked(struct handle *handle, int mode, uint64_t offset, uint64_t end,
	size_t max) REQUIRES(handle->lock)
{
	bool zero = mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE);
	bool keep = mode & FALLOC_FL_KEEP_SIZE;
	int r = handle->busy ? -EBUSY : content_locked(handle);

	if (r == 0 && (handle->spoiled || (end > max && !(zero && keep))))
		return -EFBIG;
	if (r == 0 && !keep)
		r = grow_locked(handle, end);
	if (r == 0 && zero)
		r = zero_locked(handle, offset, end);
	return r;
}

int handle_allocate(struct handle *handle, int mode, uint64_t offset, uint64_t length, size_t max)
{
	int r;

	lock_take(&handle->lock);
	r = allocate_locked(handle, mode, offset, offset + length, max);
	handle_show_size(handle, !edits_empty(&handle->edits));
	lock_drop(&handle->lock);
	return r;
}

bool handle_dirty(struct handle *handle, bool last)
{
	bool dirty;

	lock_take(&handle->lock);
	dirty = !edits_empty(&handle->edits) && handle->written != last;
	if (last && handle->refused)
		dirty = false;
	dirty |= handle->busy;
	lock_drop(&handle->lock);
	return dirty;
}

bool handle_spoiled(struct handle *handle)
{
	bool spoiled;

	lock_take(&handle->lock);
	spoiled = handle->spoiled;
	lock_drop(&handle->lock);
	return spoiled;
}

bool handle_unpublished(struct handle *handle)
{
	bool unpublished;

	lock_take(&handle->lock);
	unpublished = !edits_empty(&handle->edits);
	lock_drop(&handle->lock);
	return unpublished;
}

bool handle_begin(struct handle *handle)
{
	bool any;

	lock_take(&handle->lock);
	any = !edits_empty(&handle->edits);
	handle->busy = any;
	lock_drop(&handle->lock);
	return any;
}

/* The O_TRUNC of the open stays until it is published: what is written after it is the value, and
 * never laid over the old one. */
static void drop_locked(struct handle *handle) REQUIRES(handle->lock)
{
	edits_clear(&handle->edits);
	buf_clear(&handle->content);
	handle->written = false;
	if (handle->cut && edits_truncate(&handle->edits, 0) < 0)
		handle->spoiled = true;
	handle_show_size(handle, handle->cut);
}

void handle_finish(struct handle *handle, struct value *published, bool keep)
{
	lock_take(&handle->lock);
	handle->busy = false;
	handle->refused = !published;
	if (published) {
		value_unref(handle->base);
		handle->base = value_ref(published);
		handle->cut = false;
		mirror_set_paged(handle->mirror, handle->id);
	}
	if (!keep)
		drop_locked(handle);
	lock_drop(&handle->lock);
}

int handle_add_to(struct handle *handle, struct buf *value, size_t max)
{
	int r = -EFBIG;

	lock_take(&handle->lock);
	if (edits_size(&handle->edits, value->len) <= max)
		r = edits_apply_to(&handle->edits, value);
	lock_drop(&handle->lock);
	return r;
}
