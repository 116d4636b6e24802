/*
 * An open file whose lock is lost: what it has not published is never published.
 *
 * There are two states. While the lost lock is not given up, the open file is `lost`. If edits of
 * it were dropped, it is `spoiled` as well, like one that has exceeded a limit, so that its close
 * says so even if somebody else has given up the lock before.
 */
#include "fs/file/handle_private.h"

#include <errno.h>
#include <poll.h>

int handle_refusal_locked(const struct handle *handle)
{
	if (handle->lost)
		return -EIO;
	return handle->busy ? -EBUSY : handle->spoiled;
}

/* A publish that is under way has the edits; it ends with handle_finish(). */
void handle_drop_locked(struct handle *handle)
{
	if (!edits_empty(&handle->edits) || handle_owes_locked(handle))
		handle->spoiled = -EIO;
	edits_clear(&handle->edits);
	handle->written = handle->cut = handle->owes = false;
	handle_show_size(handle, false);
}

void handle_drop(struct handle *handle)
{
	lock_take(&handle->lock);
	handle_drop_locked(handle);
	lock_drop(&handle->lock);
}

void handle_lose(struct handle *handle)
{
	lock_take(&handle->lock);
	handle->lost = true;
	if (!handle->busy)
		handle_drop_locked(handle);
	lock_drop(&handle->lock);
}

struct fuse_pollhandle *handle_take_poll(struct handle *handle)
{
	struct fuse_pollhandle *poll = NULL;

	lock_take(&handle->lock);
	if (handle->lost || handle->doubted)
		poll = STEAL(handle->poll);
	lock_drop(&handle->lock);
	return poll;
}

void handle_find(struct handle *handle)
{
	lock_take(&handle->lock);
	/* What it has read is older than the loss. */
	handle->served |= handle->lost;
	handle->lost = false;
	lock_drop(&handle->lock);
}

static void set_doubted(struct handle *handle, bool doubted)
{
	lock_take(&handle->lock);
	handle->doubted = doubted;
	lock_drop(&handle->lock);
}

void handle_doubt(struct handle *handle)
{
	set_doubted(handle, true);
}

void handle_trust(struct handle *handle)
{
	set_doubted(handle, false);
}

int handle_recover(struct handle *handle)
{
	int r = 0;

	lock_take(&handle->lock);
	if (!handle->lost && handle->spoiled == -EIO) {
		r = handle->spoiled;
		handle->spoiled = 0;
	}
	lock_drop(&handle->lock);
	return r;
}

unsigned handle_poll(struct handle *handle, unsigned wanted, struct fuse_pollhandle *poll)
{
	unsigned events = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
	bool waits = !(wanted & events);
	struct fuse_pollhandle *old = poll;

	lock_take(&handle->lock);
	if (handle->lost || handle->doubted)
		events |= POLLPRI;
	if (handle->lost)
		events |= POLLERR;
	if (waits && poll) {
		old = handle->poll;
		handle->poll = poll;
	}
	lock_drop(&handle->lock);
	if (old)
		fuse_pollhandle_destroy(old);
	return events;
}
