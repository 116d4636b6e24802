/* fallocate(2) on an open file: changes its size, or writes zeros. */
#include "fs/file/handle_private.h"

#include <errno.h>

/* Writes zeros over [offset, end), as far as the file reaches; the caller has grown it before. */
static int zero_locked(struct handle *handle, uint64_t offset, uint64_t end) REQUIRES(handle->lock)
{
	CLEANUP(buf) struct buf zeros = {0};
	int r;

	if (end > handle_size(handle))
		end = handle_size(handle);
	if (offset >= end)
		return 0;
	r = buf_resize(&zeros, end - offset);
	if (r == 0)
		r = edits_write(&handle->edits, offset, buf_bytes(&zeros));
	if (r == 0)
		handle->written = true;
	return r;
}

static int grow_locked(struct handle *handle, uint64_t size) REQUIRES(handle->lock)
{
	int r;

	if (size <= handle_size(handle))
		return 0;
	r = edits_grow(&handle->edits, size);
	if (r == 0)
		handle->written = true;
	return r;
}

static int allocate_locked(struct handle *handle, int mode, uint64_t offset, uint64_t end,
	size_t max) REQUIRES(handle->lock)
{
	bool zero = mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE);
	bool keep = mode & FALLOC_FL_KEEP_SIZE;
	int r = handle_refusal_locked(handle);

	if (r == 0 && end > max && !(zero && keep))
		r = -EFBIG;
	if (r == 0)
		r = handle_room_locked(handle, 2 * (uint64_t)max, keep ? 0 : end, max);
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
