/* With consistency=cached: makes the kernel forget what has changed, and only then lets events be
 * made of it. */
/*
 * Owner:   the mount. One thread of its own, which waits for locks of the kernel that a user's
 *          operation may hold for as long as etcd does not answer it.
 * Threads: RPC thread, but for what the thread itself does.
 *
 * Nobody waits for the thread. What is due is merged (inval_queue.h), so a thread that is held up
 * finds each name once. Its table of open files is its own, with /dev/fuse and the loop's wake_fd
 * in it: when the process is killed while the thread hangs in the kernel, the control socket ends
 * all the same, which tells the supervisor to end the connection.
 *
 * In linearizable mode the kernel remembers nothing, and there is no thread.
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
	struct invalidate_events events; /* to be told, in order */
	struct task progress;
	_Atomic uint64_t done; /* the serial up to which the kernel has forgotten */
	pthread_t thread;
	bool started;
};

void invalidate_init(struct invalidate *invalidate, const struct fs_config *config,
	struct loop *loop, struct mirror *mirror, struct touch_queue *touches);
void invalidate_fini(struct invalidate *invalidate); /* before the mirror goes */

/* The thread, for as long as there is a session, of @mount. 0 or -errno. */
int invalidate_start(
	struct invalidate *invalidate, struct fuse_session *session, const struct mountinfo *mount);
/* 0, or -ECONNABORTED: the connection had to be ended, and the mount may be left. */
int invalidate_stop(struct invalidate *invalidate);

/* The mirror shows a change, and what the kernel remembers of it is stale. @ours: the kernel has
 * made it. The serial of the last of it in the queue. */
uint64_t invalidate_change(
	struct invalidate *invalidate, enum tree_event event, const struct trail *trail, bool ours);

/* Lets the notifier touch @trail, which is taken, once the kernel has forgotten all up to @serial.
 */
void invalidate_then_touch(
	struct invalidate *invalidate, enum tree_event what, struct trail *trail, uint64_t serial);

/* What the kernel remembers of @id (@name NULL), or of @name in it, may be wrong. */
void invalidate_add(struct invalidate *invalidate, uint64_t id, const char *name);
