/*
 * Why the kernel keeps nothing stale, although replies and invalidations race:
 *   - Names: the kernel holds the directory's lock from a LOOKUP until it has taken the answer,
 *     and takes the same lock to forget a name. So an answer older than the change is taken first
 *     and then forgotten. A later LOOKUP is answered from a mirror that has the change.
 *   - Attributes: each inode has a version, which an invalidation raises; the kernel does not keep
 *     the answer to a GETATTR that began before. That needs an inode which the kernel has already,
 *     so attributes that come with a LOOKUP's answer are never kept (attr.c).
 */
#include "fs/events/invalidate.h"

#include "fs/base/log.h"
#include "fs/base/unmount.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STOP_MS                                                                                    \
	500 /* if it takes longer, it waits for a request that nobody reads any more */

struct invalidate_event {
	TAILQ_ENTRY(invalidate_event) entry;
	enum tree_event event;
	struct trail *trail;
	uint64_t serial; /* hand it on when the kernel has forgotten up to this */
};

/* --- The thread --- */

/* Whether the name is that of a directory which the mirror has and the kernel knows. Then the
 * kernel must not forget the name, because mounts below it would be detached. */
static bool name_is_right(struct mirror *mirror, const struct stale *stale)
{
	struct mirror_info info;

	return mirror_lookup(mirror, stale->id, stale->name, 0, &info) == 0 && info.is_dir &&
	       info.known;
}

/* Makes the kernel forget. ENOENT, for what it does not have, is fine. */
static void stale_forget(struct invalidate *invalidate, const struct stale *stale)
{
	if (!*stale->name)
		fuse_lowlevel_notify_inval_inode(invalidate->session, stale->id, -1, 0);
	else if (!name_is_right(invalidate->mirror, stale))
		fuse_lowlevel_notify_inval_entry(
			invalidate->session, stale->id, stale->name, strlen(stale->name));
}

static void keep_open_only(int one, int other)
{
	int low = one < other ? one : other, high = one < other ? other : one;

	if (unshare(CLONE_FILES) < 0)
		return;
	close_range(STDERR_FILENO + 1, low - 1, 0);
	if (high - low > 1)
		close_range(low + 1, high - 1, 0);
	close_range(high + 1, ~0U, 0);
}

static void *invalidate_thread(void *arg)
{
	struct invalidate *invalidate = arg;
	struct stale *stale;

	keep_open_only(fuse_session_fd(invalidate->session), invalidate->loop->wake_fd);
	while ((stale = inval_queue_take(&invalidate->queue))) {
		stale_forget(invalidate, stale);
		invalidate->done = stale->serial;
		free(stale);
		loop_post(invalidate->loop, &invalidate->progress);
	}
	return NULL;
}

int invalidate_start(
	struct invalidate *invalidate, struct fuse_session *session, const struct mountinfo *mount)
{
	invalidate->session = session;
	invalidate->mount = mount;
	if (!invalidate->config->cached)
		return 0;
	if (pthread_create(&invalidate->thread, NULL, invalidate_thread, invalidate) != 0)
		return -EAGAIN;
	invalidate->started = true;
	return 0;
}

static bool thread_ends(struct invalidate *invalidate)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += STOP_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	return pthread_timedjoin_np(invalidate->thread, NULL, &until) == 0;
}

/* The thread may hang in the kernel behind a request that waits for us, and we read no more
 * requests: then the connection is aborted. */
int invalidate_stop(struct invalidate *invalidate)
{
	if (!invalidate->started)
		return 0;
	inval_queue_stop(&invalidate->queue);
	if (thread_ends(invalidate))
		return 0;
	unmount_whole(invalidate->mount->device_minor, invalidate->mount->id);
	if (!thread_ends(invalidate))
		_exit(1); /* it still uses this struct; the supervisor aborts the connection and
			   * unmounts */
	return -ECONNABORTED;
}

/* --- Events, which wait for the thread --- */

/* Hands on the events whose entries the kernel has all forgotten. */
static void events_tell(struct invalidate *invalidate)
{
	uint64_t done = invalidate->done;
	struct invalidate_event *event;

	while ((event = TAILQ_FIRST(&invalidate->events)) && event->serial <= done) {
		TAILQ_REMOVE(&invalidate->events, event, entry);
		touch_queue_add(invalidate->touches, event->event, event->trail);
		free(event);
	}
}

static void progress_run(void *arg)
{
	events_tell(arg);
}

void invalidate_then_touch(
	struct invalidate *invalidate, enum tree_event what, struct trail *trail, uint64_t serial)
{
	struct invalidate_event *event = calloc(1, sizeof(*event));

	if (!event) {
		log_warning("no memory for an inotify event");
		mirror_trail_free(invalidate->mirror, trail);
		return;
	}
	*event = (struct invalidate_event){.event = what, .trail = trail, .serial = serial};
	TAILQ_INSERT_TAIL(&invalidate->events, event, entry);
	events_tell(invalidate);
}

/* --- What is stale --- */

static uint64_t later(uint64_t one, uint64_t other)
{
	return one > other ? one : other;
}

static uint64_t stale_add(struct invalidate *invalidate, uint64_t id, const char *name)
{
	uint64_t serial = inval_queue_add(&invalidate->queue, id, name);

	if (!serial)
		log_warning("no memory: what the kernel remembers of a key may be old for a while");
	return serial;
}

/* A name that this mount has made is known to the kernel from our reply. All other changes may be
 * unknown to the kernel even if this mount made them, as when a directory vanishes with its last
 * file. */
uint64_t invalidate_change(
	struct invalidate *invalidate, enum tree_event event, const struct trail *trail, bool ours)
{
	uint64_t dir = trail_dir(trail), serial = 0;

	if (event != TREE_CHANGED && event != TREE_RESTATED)
		serial = stale_add(invalidate, dir, NULL);
	if (event != TREE_APPEARED)
		serial = later(serial, stale_add(invalidate, trail->ids[trail->n_ids - 1], NULL));
	if (event == TREE_VANISHED || (event == TREE_APPEARED && !ours))
		serial = later(serial, stale_add(invalidate, dir, trail_name(trail)));
	return serial;
}

void invalidate_add(struct invalidate *invalidate, uint64_t id, const char *name)
{
	if (invalidate->config->cached)
		stale_add(invalidate, id, name);
}

/* --- Life --- */

void invalidate_init(struct invalidate *invalidate, const struct fs_config *config,
	struct loop *loop, struct mirror *mirror, struct touch_queue *touches)
{
	invalidate->config = config;
	invalidate->loop = loop;
	invalidate->mirror = mirror;
	invalidate->touches = touches;
	inval_queue_init(&invalidate->queue);
	TAILQ_INIT(&invalidate->events);
	invalidate->progress = (struct task){.run = progress_run, .arg = invalidate};
}

void invalidate_fini(struct invalidate *invalidate)
{
	struct invalidate_event *event;

	while ((event = TAILQ_FIRST(&invalidate->events))) {
		TAILQ_REMOVE(&invalidate->events, event, entry);
		mirror_trail_free(invalidate->mirror, event->trail);
		free(event);
	}
	inval_queue_fini(&invalidate->queue);
}
