/* With consistency=cached: makes the kernel forget what has changed, and lets the notifier touch a
 * name only after that. */
/*
 * Owner:   the mount. The invalidation thread does the notifications, which wait for locks of the
 *          kernel; a user's operation may hold such a lock until etcd answers it.
 * Threads: the RPC thread, for all functions here.
 *
 * No other thread waits for the invalidation thread. Entries in its queue are merged
 * (inval_queue.h), so that after a delay it finds each name once. The thread has a file descriptor
 * table of its own, with only /dev/fuse, the loop's wake_fd and the standard descriptors. So if the
 * process is killed while this thread hangs in the kernel, the control socket is closed all the
 * same, and the supervisor starts a successor, or aborts the connection.
 *
 * In linearizable mode the kernel caches nothing, and there is no thread.
 */
#pragma once

#include "fs/api/config.h"
#include "fs/base/loop.h"
#include "fs/base/mountinfo.h"
#include "fs/events/inval_queue.h"
#include "fs/events/touch_queue.h"
#include "fs/mirror/mirror.h"

#include <stdatomic.h>

struct fuse_session;
struct invalidate_event;
TAILQ_HEAD(invalidate_events, invalidate_event);

struct invalidate {
	const struct fs_config *config;
	struct loop *loop;
	struct mirror *mirror;
	struct touch_queue *touches;
	struct fuse_session *session;
	const struct mountinfo *mount;
	struct inval_queue queue;
	struct invalidate_events events; /* to be handed to touches, in order */
	struct task progress;
	_Atomic uint64_t done; /* the kernel has forgotten all entries up to this serial */
	pthread_t thread;
	bool started;
};

void invalidate_init(struct invalidate *invalidate, const struct fs_config *config,
	struct loop *loop, struct mirror *mirror, struct touch_queue *touches);
void invalidate_fini(struct invalidate *invalidate); /* before the mirror is freed */

/* Starts the invalidation thread for the session of @mount; it must be stopped before the session
 * ends. 0 or -errno. */
int invalidate_start(
	struct invalidate *invalidate, struct fuse_session *session, const struct mountinfo *mount);
/* Stops the thread. 0, or -ECONNABORTED: the connection had to be aborted, and the mount may still
 * be there. */
int invalidate_stop(struct invalidate *invalidate);

/* Queues what the kernel may remember of a change in the mirror. @ours: this mount's kernel has
 * made the change. Returns the serial of the last entry queued, 0: none. */
uint64_t invalidate_change(
	struct invalidate *invalidate, enum tree_event event, const struct trail *trail, bool ours);

/* Lets the notifier touch @trail, which is taken over, once the kernel has forgotten all entries up
 * to @serial. */
void invalidate_then_touch(
	struct invalidate *invalidate, enum tree_event what, struct trail *trail, uint64_t serial);

/* Queues the attributes of @id (@name NULL), or the name @name in @id, because the kernel may
 * remember something wrong. */
void invalidate_add(struct invalidate *invalidate, uint64_t id, const char *name);
