#include "fs/file/view.h"

#include "fs/file/handle.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* FUSE gives the thread's number; /proc/PID/task lists all threads of its process. */
static bool same_process(pid_t one, pid_t other)
{
	char path[64];

	if (one <= 0 || other <= 0 || one == other)
		return one > 0 && one == other;
	snprintf(path, sizeof(path), "/proc/%d/task/%d", (int)one, (int)other);
	return access(path, F_OK) == 0;
}

static bool is_own(struct viewer viewer, struct handle *handle)
{
	return same_process(viewer.pid, handle->pid) ||
	       (viewer.owner && atomic_load(&handle->owner) == viewer.owner);
}

/* Applies the edits of the process to @content, in the order in which it has opened the file.
 * Returns 1: there are some, 0, or -errno. */
static int edit_locked(struct open_set *files, uint64_t id, struct viewer viewer,
	struct buf *content) REQUIRES(files->lock)
{
	struct open_entry *opened;
	int r, any = 0;

	TAILQ_FOREACH (opened, &files->list, entry) {
		struct handle *handle = opened->arg;
		if (handle->id != id || !handle_unpublished(handle) || !is_own(viewer, handle))
			continue;
		r = handle_add_to(handle, content, SIZE_MAX);
		if (r < 0)
			return r;
		any = 1;
	}
	return any;
}

int view_edit(struct open_set *files, uint64_t id, struct viewer viewer, struct value **value)
{
	CLEANUP(buf) struct buf content = {0};
	struct value *edited;
	int r = buf_append_bytes(&content, value_bytes(*value));

	if (r == 0) {
		lock_take(&files->lock);
		r = edit_locked(files, id, viewer, &content);
		lock_drop(&files->lock);
	}
	if (r <= 0)
		return r;
	edited = value_with(*value, buf_bytes(&content));
	if (!edited)
		return -ENOMEM;
	value_unref(*value);
	*value = edited;
	return 1;
}

/* The open file of @id that the thread has opened last. */
static struct handle *newest_locked(struct open_set *files, uint64_t id, pid_t pid)
	REQUIRES(files->lock)
{
	struct open_entry *opened;

	TAILQ_FOREACH_REVERSE (opened, &files->list, open_list, entry) {
		struct handle *handle = opened->arg;
		if (handle->id == id && handle->pid == pid)
			return handle;
	}
	return NULL;
}

/* Renews all open files of the thread (@of_thread), or of all threads of its process. */
static size_t renew_all_locked(struct open_set *files, uint64_t id, pid_t pid, bool of_thread,
	struct value *value) REQUIRES(files->lock)
{
	struct open_entry *opened;
	size_t n = 0;

	TAILQ_FOREACH (opened, &files->list, entry) {
		struct handle *handle = opened->arg;
		if (handle->id == id && (of_thread ? handle->pid == pid
						   : same_process(pid, handle->pid)))
			n += handle_renew(handle, value);
	}
	return n;
}

static size_t renew_locked(struct open_set *files, uint64_t id, pid_t pid, struct value *value)
	REQUIRES(files->lock)
{
	struct handle *newest = newest_locked(files, id, pid);

	if (newest && handle_size_first(newest))
		return handle_renew(newest, value);
	return renew_all_locked(files, id, pid, newest, value);
}

bool view_renew(struct open_set *files, uint64_t id, pid_t pid, struct value *value)
{
	size_t n;

	if (pid <= 0)
		return false;
	lock_take(&files->lock);
	n = renew_locked(files, id, pid, value);
	lock_drop(&files->lock);
	return n;
}

int view_value(struct open_set *files, struct mirror *mirror, uint64_t id, struct viewer viewer,
	struct value **ret)
{
	CLEANUP(value_unref) struct value *value = NULL;
	struct mirror_info info;
	int r = mirror_value(mirror, id, &value);

	if (r == 0)
		r = mirror_info(mirror, id, &info);
	if (r == 0 && info.unpublished)
		r = view_edit(files, id, viewer, &value);
	if (r >= 0)
		*ret = STEAL(value);
	return r;
}
