#include "fs/control/lock_file.h"

#include "fs/base/cleanup.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

/* An open file. */
struct lock_file {
	struct open_entry opened;
	struct lock_files *files;
	uint64_t dir;
	bool locked; /* FUSE thread */
	struct task release;
	fuse_req_t release_req; /* that is answered when what was locked by it has ended */
	TAILQ_ENTRY(lock_file) entry; /* the rest: under the lock of the files */
	enum fence_state state;
	struct fuse_pollhandle *poll;
};

static struct lock_file *file_of(const struct fuse_file_info *info)
{
	return (struct lock_file *)(uintptr_t)info->fh;
}

void lock_files_init(struct lock_files *files)
{
	lock_init(&files->lock);
	TAILQ_INIT(&files->list);
}

void lock_files_fini(struct lock_files *files)
{
	lock_fini(&files->lock);
}

/* --- Its life ----------------------------------------------------------------------------- */

static void file_free(void *arg)
{
	struct lock_file *file = arg;

	lock_take(&file->files->lock);
	TAILQ_REMOVE(&file->files->list, file, entry);
	lock_drop(&file->files->lock);
	if (file->poll)
		fuse_pollhandle_destroy(file->poll);
	free(file);
}

static void file_close(struct lock_file *file)
{
	open_set_remove(file->files->opened, &file->opened);
	file_free(file);
}

void lock_file_open(
	struct lock_files *files, fuse_req_t req, uint64_t dir, struct fuse_file_info *info)
{
	struct lock_file *file = calloc(1, sizeof(*file));

	if (!file) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	file->files = files;
	file->dir = dir;
	lock_take(&files->lock);
	TAILQ_INSERT_TAIL(&files->list, file, entry);
	lock_drop(&files->lock);
	open_set_add(files->opened, &file->opened, file_free, file);
	info->fh = (uintptr_t)file;
	info->direct_io = 1;
	if (fuse_reply_open(req, info) < 0)
		file_close(file);
}

static void release_run(void *arg)
{
	struct lock_file *file = arg;

	file->files->released(file->files->arg, file->dir, (uintptr_t)file);
	fuse_reply_err(file->release_req, 0);
	file_close(file);
}

void lock_file_release(fuse_req_t req, const struct fuse_file_info *info)
{
	struct lock_file *file = file_of(info);

	file->release = (struct task){.run = release_run, .arg = file};
	file->release_req = req;
	if (file->locked) {
		loop_post(file->files->loop, &file->release);
	} else {
		file_close(file);
		fuse_reply_err(req, 0);
	}
}

void lock_file_set_locked(const struct fuse_file_info *info)
{
	file_of(info)->locked = true;
}

bool lock_file_is_locked(const struct fuse_file_info *info)
{
	return file_of(info)->locked;
}

/* --- A lost lock -------------------------------------------------------------------------- */

/* Each by itself, because a notification is not made under a lock. */
static struct fuse_pollhandle *poll_take(struct lock_files *files)
{
	struct fuse_pollhandle *poll = NULL;
	struct lock_file *file;

	lock_take(&files->lock);
	TAILQ_FOREACH (file, &files->list, entry)
		if (file->state != FENCE_HELD && !poll)
			poll = STEAL(file->poll);
	lock_drop(&files->lock);
	return poll;
}

void lock_files_tell(struct lock_files *files, uint64_t dir, enum fence_state state)
{
	struct fuse_pollhandle *poll;
	struct lock_file *file;

	lock_take(&files->lock);
	TAILQ_FOREACH (file, &files->list, entry)
		if (file->dir == dir && file->state < state)
			file->state = state;
	lock_drop(&files->lock);
	while ((poll = poll_take(files))) {
		fuse_lowlevel_notify_poll(poll);
		fuse_pollhandle_destroy(poll);
	}
}

/* What was opened after the loss stays as it is. */
void lock_files_review(struct lock_files *files, struct fence *fence)
{
	struct lock_file *file;
	enum fence_state state;

	lock_take(&files->lock);
	TAILQ_FOREACH (file, &files->list, entry) {
		state = fence_state_of(fence, file->dir);
		if (state < file->state)
			file->state = state;
	}
	lock_drop(&files->lock);
}

bool lock_file_lost(const struct fuse_file_info *info)
{
	struct lock_file *file = file_of(info);
	bool lost;

	lock_take(&file->files->lock);
	lost = file->state == FENCE_LOST;
	lock_drop(&file->files->lock);
	return lost;
}

/* --- Operations --------------------------------------------------------------------------- */

void lock_file_read(fuse_req_t req, const struct fuse_file_info *info)
{
	if (lock_file_lost(info))
		fuse_reply_err(req, EIO);
	else
		fuse_reply_buf(req, NULL, 0);
}

void lock_file_write(fuse_req_t req, const struct fuse_file_info *info)
{
	fuse_reply_err(req, lock_file_lost(info) ? EIO : EINVAL);
}

void lock_file_poll(fuse_req_t req, const struct fuse_file_info *info, struct fuse_pollhandle *poll)
{
	unsigned events = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
	struct lock_file *file = file_of(info);
	struct fuse_pollhandle *old = poll;

	lock_take(&file->files->lock);
	if (file->state != FENCE_HELD)
		events |= POLLPRI;
	if (file->state == FENCE_LOST)
		events |= POLLERR;
	if (poll) {
		old = file->poll;
		file->poll = poll;
	}
	lock_drop(&file->files->lock);
	if (old)
		fuse_pollhandle_destroy(old);
	fuse_reply_poll(req, events);
}
