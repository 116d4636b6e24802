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

static void tell(
	struct losses *losses, const struct fence_place *place, void (*told)(struct handle *))
{
	struct open_entry *opened;
	struct fuse_pollhandle *poll;

	lock_take(&losses->files->lock);
	TAILQ_FOREACH (opened, &losses->files->list, entry)
		if (concerns(losses, place, opened->arg))
			told(opened->arg);
	lock_drop(&losses->files->lock);
	while ((poll = poll_take(losses->files))) {
		fuse_lowlevel_notify_poll(poll);
		fuse_pollhandle_destroy(poll);
	}
}

void loss_begin(struct losses *losses, struct fenced *lock)
{
	fence_lose(lock);
	tell(losses, &lock->place, handle_lose);
}

void loss_doubt(struct losses *losses, struct fenced *lock)
{
	fence_doubt(lock, true);
	tell(losses, &lock->place, handle_doubt);
}

/* Whether a lock in @state concerns it. */
static bool is_concerned(
	const struct losses *losses, enum fence_state state, const struct handle *handle)
{
	struct fenced *lock = NULL;

	while ((lock = fence_next_in(losses->fence, state, lock)))
		if (concerns(losses, &lock->place, handle))
			return true;
	return false;
}

/* What no lock in @state concerns any more. */
static void tell_others(
	struct losses *losses, enum fence_state state, void (*told)(struct handle *))
{
	struct open_entry *opened;

	lock_take(&losses->files->lock);
	TAILQ_FOREACH (opened, &losses->files->list, entry)
		if (!is_concerned(losses, state, opened->arg))
			told(opened->arg);
	lock_drop(&losses->files->lock);
}

void loss_end(struct losses *losses, struct fenced *lock)
{
	enum fence_state state = lock ? lock->state : FENCE_HELD;

	fence_end(lock);
	if (state == FENCE_LOST)
		tell_others(losses, FENCE_LOST, handle_find);
	if (state != FENCE_HELD)
		loss_trust(losses);
}

void loss_trust(struct losses *losses)
{
	tell_others(losses, FENCE_DOUBTED, handle_trust);
}

int loss_check(const struct losses *losses, uint64_t id)
{
	CLEANUP(buf) struct buf key = {0};

	if (!losses->fence->n_lost || mirror_key(losses->mirror, id, &key) < 0)
		return 0;
	return fence_check(losses->fence, buf_bytes(&key));
}
