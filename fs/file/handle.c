#include "fs/file/handle_private.h"

#include "fs/mirror/mirror_meta.h"

#include <errno.h>
#include <string.h>

size_t handle_size(const struct handle *handle)
{
	return edits_size(&handle->edits, handle->base->len);
}

void handle_show_size(struct handle *handle, bool dirty)
{
	if (dirty)
		mirror_set_local_size(
			handle->mirror, handle->id, &handle->writer, handle_size(handle));
	else if (handle->writer.listed)
		mirror_end_local_size(handle->mirror, handle->id, &handle->writer);
}

int handle_new(struct mirror *mirror, struct publisher *publisher, uint64_t id,
	enum mirror_gone gone, unsigned flags, struct mirror_info *ret_info, struct handle **ret)
{
	CLEANUP(free) struct handle *handle = calloc(1, sizeof(*handle));
	int r;

	if (!handle)
		return -ENOMEM;
	handle->readable = (flags & O_ACCMODE) != O_WRONLY;
	handle->cut = flags & O_TRUNC;
	handle->read_only = (flags & O_ACCMODE) == O_RDONLY && !handle->cut;
	if (handle->cut && edits_truncate(&handle->edits, 0) < 0)
		return -ENOMEM;
	r = mirror_open(mirror, id, gone, ret_info, &handle->base);
	if (r < 0) {
		edits_fini(&handle->edits);
		return r;
	}
	handle->mirror = mirror;
	handle->publisher = publisher;
	handle->id = ret_info->id;
	handle->drafted = ret_info->draft;
	handle->owes = ret_info->orphan && (flags & O_ACCMODE) != O_RDONLY;
	lock_init(&handle->lock);
	TAILQ_INIT(&handle->queue);
	TAILQ_INIT(&handle->settlers);
	if (handle->cut)
		handle_show_size(handle, true);
	*ret = STEAL(handle);
	return 0;
}

bool handle_is_draft(const struct handle *handle)
{
	return handle->drafted && mirror_is_draft(handle->mirror, handle->id);
}

void handle_made(struct handle *handle)
{
	handle->made = handle->owes = true;
	handle->making = true;
	mirror_making(handle->mirror, handle->id, 1);
}

void handle_end_making(struct handle *handle)
{
	bool making;

	lock_take(&handle->lock);
	making = handle->making;
	handle->making = false;
	lock_drop(&handle->lock);
	if (making)
		mirror_making(handle->mirror, handle->id, -1);
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
	handle_end_making(handle);
	mirror_handle_remove(handle->mirror, handle->id);
}

void handle_free(struct handle *handle)
{
	handle_close(handle);
	value_unref(handle->base);
	edits_fini(&handle->edits);
	if (handle->poll)
		fuse_pollhandle_destroy(handle->poll);
	lock_fini(&handle->lock);
	free(handle);
}

static int spoil_locked(struct handle *handle, int error) REQUIRES(handle->lock)
{
	if (!edits_empty(&handle->edits))
		handle->spoiled = error;
	edits_clear(&handle->edits);
	return error;
}

int handle_room_locked(struct handle *handle, uint64_t more, uint64_t end, size_t max)
{
	if (end < handle_size(handle))
		end = handle_size(handle);
	if (edits_cost(&handle->edits) + more > EDITS_ROOM + 4 * (uint64_t)max)
		return -ENOBUFS;
	return mirror_local_room(handle->mirror, &handle->writer, end) ? 0 : -ENOBUFS;
}

#define HANDLE_END UINT64_MAX /* as an offset: the end of the file at the time of publishing */

static int write_locked(struct handle *handle, uint64_t offset, struct bytes bytes, size_t max)
	REQUIRES(handle->lock)
{
	uint64_t at = offset == HANDLE_END ? handle_size(handle) : offset;
	int r = handle_refusal_locked(handle);

	if (r < 0)
		return r;
	if (at > max || bytes.len > max - at)
		return spoil_locked(handle, -EFBIG);
	r = handle_room_locked(
		handle, offset == HANDLE_END ? bytes.len : at + bytes.len, at + bytes.len, max);
	if (r < 0)
		return spoil_locked(handle, r);
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
	if (r != -EBUSY && r != -ENOMEM)
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
	int r = handle_refusal_locked(handle);

	if (r == 0 && size > max)
		r = -EFBIG;
	if (r == 0)
		r = handle_room_locked(handle, 0, size, max);
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

bool handle_owes_locked(const struct handle *handle)
{
	return handle->owes && !handle->spoiled &&
	       (handle_is_draft(handle) || mirror_is_pending(handle->mirror, handle->id));
}

bool handle_dirty(struct handle *handle, bool last)
{
	bool dirty;

	lock_take(&handle->lock);
	dirty = !edits_empty(&handle->edits) && handle->written != last;
	if (last && !handle->written)
		dirty |= handle_owes_locked(handle);
	if (last && handle->refused)
		dirty = false;
	dirty |= handle->busy;
	lock_drop(&handle->lock);
	return dirty;
}

int handle_spoiled(struct handle *handle)
{
	int spoiled;

	lock_take(&handle->lock);
	spoiled = handle->lost ? -EIO : handle->spoiled;
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

bool handle_publishes(struct handle *handle)
{
	bool publishes;

	lock_take(&handle->lock);
	publishes = !edits_empty(&handle->edits) || handle->making;
	lock_drop(&handle->lock);
	return publishes;
}

bool handle_begin(struct handle *handle)
{
	bool any;

	lock_take(&handle->lock);
	any = !edits_empty(&handle->edits) || handle_owes_locked(handle);
	handle->busy = any;
	lock_drop(&handle->lock);
	return any;
}

/* An O_TRUNC of the open stays until it is published, so that later edits start from an empty value
 * and are never applied to the old one. */
static void drop_locked(struct handle *handle) REQUIRES(handle->lock)
{
	edits_clear(&handle->edits);
	handle->written = false;
	if (handle->cut && edits_truncate(&handle->edits, 0) < 0)
		handle->spoiled = -ENOMEM;
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
	if (handle->lost && !published)
		handle_drop_locked(handle);
	else if (!keep)
		drop_locked(handle);
	lock_drop(&handle->lock);
}

int handle_add_to(struct handle *handle, struct buf *value, size_t max)
{
	int r = -EFBIG;

	lock_take(&handle->lock);
	if (edits_size(&handle->edits, value->len) <= max)
		r = edits_apply(&handle->edits, value);
	lock_drop(&handle->lock);
	return r;
}
