#include "fs/file/view.h"

#include "fs/file/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NO_PROCESS (-1) /* the thread has ended */

/* FUSE gives the thread's number; /proc has the number of its process. */
static pid_t process_of(pid_t thread)
{
	char path[32], text[512];
	const char *line;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NO_PROCESS;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	line = strstr(text, "\nTgid:");
	return line ? (pid_t)strtol(line + strlen("\nTgid:"), NULL, 10) : NO_PROCESS;
}

/* Whether the process of @thread has opened @handle. @process is that process, or 0 as long as
 * nobody has needed it. Each handle remembers its own: asking anew about each of a thousand would
 * take longer than a call may. */
static bool is_of_process(struct handle *handle, pid_t thread, pid_t *process)
{
	if (thread <= 0 || handle->pid <= 0 || thread == handle->pid)
		return thread > 0 && thread == handle->pid;
	if (!*process)
		*process = process_of(thread);
	if (!atomic_load(&handle->process))
		atomic_store(&handle->process, process_of(handle->pid));
	return *process != NO_PROCESS && atomic_load(&handle->process) == *process;
}

static bool is_own(struct viewer viewer, struct handle *handle, pid_t *process)
{
	return (viewer.owner && atomic_load(&handle->owner) == viewer.owner) ||
	       is_of_process(handle, viewer.pid, process);
}

/* Makes @content the @value with the edits of the process, in the order in which it has opened the
 * file. Returns 1: there are some, 0: none, and no content, or -errno. */
static int edit_locked(struct open_set *files, uint64_t id, struct viewer viewer,
	const struct value *value, struct buf *content) REQUIRES(files->lock)
{
	struct open_entry *opened;
	pid_t process = 0;
	int r = 0, any = 0;

	TAILQ_FOREACH (opened, &files->list, entry) {
		struct handle *handle = opened->arg;
		if (handle->id != id || !handle_unpublished(handle) ||
			!is_own(viewer, handle, &process))
			continue;
		if (!any)
			r = buf_append_bytes(content, value_bytes(value));
		if (r == 0)
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
	int r;

	lock_take(&files->lock);
	r = edit_locked(files, id, viewer, *value, &content);
	lock_drop(&files->lock);
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
	pid_t process = 0;
	size_t n = 0;

	TAILQ_FOREACH (opened, &files->list, entry) {
		struct handle *handle = opened->arg;
		if (handle->id == id &&
			(of_thread ? handle->pid == pid : is_of_process(handle, pid, &process)))
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

void view_refresh(struct open_set *files, uint64_t id, struct value *value)
{
	struct open_entry *opened;

	lock_take(&files->lock);
	TAILQ_FOREACH (opened, &files->list, entry) {
		struct handle *handle = opened->arg;
		if (handle->id == id)
			handle_refresh(handle, value);
	}
	lock_drop(&files->lock);
}

static struct handle *find(struct open_set *files, uint64_t id, struct viewer viewer,
	bool (*is)(struct handle *handle))
{
	bool anybody = !viewer.pid && !viewer.owner;
	struct open_entry *opened;
	struct handle *found = NULL;
	pid_t process = 0;

	lock_take(&files->lock);
	TAILQ_FOREACH (opened, &files->list, entry) {
		struct handle *handle = opened->arg;
		if (handle->id == id && is(handle) &&
			(anybody || is_own(viewer, handle, &process))) {
			found = handle;
			break;
		}
	}
	lock_drop(&files->lock);
	return found;
}

struct handle *view_unpublished(struct open_set *files, uint64_t id, struct viewer viewer)
{
	return find(files, id, viewer, handle_unpublished);
}

bool view_publishes(struct open_set *files, uint64_t id, struct viewer viewer)
{
	return find(files, id, viewer, handle_publishes);
}
