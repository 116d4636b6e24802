#include "fs/file/loss.h"

#include "fs/file/handle.h"

#include <fuse_lowlevel.h>

/* A file that was renamed here is another name's, and is still the one that was locked. */
static bool concerns(
	const struct losses *losses, const struct fence_place *place, const struct handle *handle)
{
	CLEANUP(buf) struct buf key = {0};

	if (place->below && handle->read_only)
		return false;
	if (!place->below && handle->id == place->id)
		return true;
	return mirror_key(losses->mirror, handle->id, &key) == 0 &&
	       fence_place_has(place, buf_bytes(&key));
}

/* Each one, because a notification is not made under a lock. */
static struct fuse_pollhandle *poll_take(struct open_set *files)
{
	struct fuse_pollhandle *poll = NULL;
	struct open_entry *opened;

	lock_take(&files->lock);
	TAILQ_FOREACH (opened, &files->list, entry)
		if ((poll = handle_take_poll(opened->arg)))
			break;
	lock_drop(&files->lock);
	return poll;
}

void loss_begin(struct losses *losses, struct fenced *lock)
{
	struct open_entry *opened;
	struct fuse_pollhandle *poll;

	fence_lose(lock);
	lock_take(&losses->files->lock);
	TAILQ_FOREACH (opened, &losses->files->list, entry)
		if (concerns(losses, &lock->place, opened->arg))
			handle_lose(opened->arg);
	lock_drop(&losses->files->lock);
	while ((poll = poll_take(losses->files))) {
		fuse_lowlevel_notify_poll(poll);
		fuse_pollhandle_destroy(poll);
	}
}

static bool is_concerned(const struct losses *losses, const struct handle *handle)
{
	struct fenced *lost = NULL;

	while ((lost = fence_next_lost(losses->fence, lost)))
		if (concerns(losses, &lost->place, handle))
			return true;
	return false;
}

void loss_end(struct losses *losses, struct fenced *lock)
{
	struct open_entry *opened;
	bool lost = lock && lock->lost;

	fence_end(lock);
	if (!lost)
		return;
	lock_take(&losses->files->lock);
	TAILQ_FOREACH (opened, &losses->files->list, entry)
		if (!is_concerned(losses, opened->arg))
			handle_find(opened->arg);
	lock_drop(&losses->files->lock);
}

int loss_check(const struct losses *losses, uint64_t id)
{
	CLEANUP(buf) struct buf key = {0};

	if (!losses->fence->n_lost || mirror_key(losses->mirror, id, &key) < 0)
		return 0;
	return fence_check(losses->fence, buf_bytes(&key));
}
