/* The reads of an open file: from its snapshot, until it takes a newer one. */
#include "fs/file/handle.h"

#include <errno.h>

static int read_locked(struct handle *handle, enum handle_view view, uint64_t offset, size_t size,
	struct value **ret_value, struct buf *ret_copy, struct bytes *ret_bytes)
	REQUIRES(handle->lock)
{
	int r = 0;

	if (handle->lost)
		return -EIO;
	if (!edits_empty(&handle->edits)) {
		r = edits_read(&handle->edits, value_bytes(handle->base), offset, size, ret_copy);
		*ret_bytes = buf_bytes(ret_copy);
		return r;
	}
	if (view == HANDLE_SNAPSHOT) {
		handle->served = true;
		*ret_value = value_ref(handle->base);
	} else {
		r = mirror_paged(handle->mirror, handle->id, ret_value);
	}
	if (r == 0)
		*ret_bytes = bytes_slice(value_bytes(*ret_value), offset, size);
	return r;
}

int handle_read(struct handle *handle, enum handle_view view, uint64_t offset, size_t size,
	struct value **ret_value, struct buf *ret_copy, struct bytes *ret_bytes)
{
	int r;

	lock_take(&handle->lock);
	r = read_locked(handle, view, offset, size, ret_value, ret_copy, ret_bytes);
	lock_drop(&handle->lock);
	return r;
}

void handle_extend(struct handle *handle, struct value *value)
{
	lock_take(&handle->lock);
	if (edits_empty(&handle->edits) && value->len > handle->base->len &&
		bytes_has_prefix(value_bytes(value), value_bytes(handle->base))) {
		value_unref(handle->base);
		handle->base = value_ref(value);
	}
	lock_drop(&handle->lock);
}

bool handle_at_end(struct handle *handle, uint64_t offset)
{
	bool at_end;

	lock_take(&handle->lock);
	at_end = edits_empty(&handle->edits) && offset > 0 && offset >= handle->base->len;
	lock_drop(&handle->lock);
	return at_end;
}

bool handle_wants_refresh(struct handle *handle)
{
	bool wants;

	lock_take(&handle->lock);
	wants = handle->served && edits_empty(&handle->edits);
	lock_drop(&handle->lock);
	return wants;
}

void handle_refresh(struct handle *handle, struct value *value)
{
	lock_take(&handle->lock);
	if (value && edits_empty(&handle->edits)) {
		value_unref(handle->base);
		handle->base = value_ref(value);
	}
	lock_drop(&handle->lock);
}

bool handle_renew(struct handle *handle, struct value *value)
{
	bool unread;

	lock_take(&handle->lock);
	unread = handle->readable && !handle->served && edits_empty(&handle->edits);
	if (unread) {
		value_unref(handle->base);
		handle->base = value_ref(value);
	}
	lock_drop(&handle->lock);
	return unread;
}

bool handle_size_first(struct handle *handle)
{
	bool first;

	lock_take(&handle->lock);
	first = !handle->sized;
	handle->sized = true;
	lock_drop(&handle->lock);
	return first;
}
