/* The inotify events still to be raised: which names the notifier must touch, and how. */
/*
 * Owner:   the mount.
 * Threads: the RPC thread adds touches and sends orders. The FUSE thread answers the requests that
 *          the notifier makes for the touch under way; only that is under the lock.
 *
 * Under load the touches of one name are merged: several changes become one, and a name that came
 * and went again gets no touch. Names are touched in the order in which they were first queued. If
 * a name went and another node came under it, the removal is touched before the creation. A change
 * that is outdated when its turn comes is left out.
 *
 * The kernel raises an event only for an operation that succeeds. So the notifier makes the
 * operation that a user would have made, and the FUSE thread answers as if it happened just now:
 * for a creation the name does not exist yet, for a removal it still exists. Only the notifier gets
 * such answers, which is known by its pid, and only for the touch that it was told to make.
 */
#pragma once

#include "fs/api/config.h"
#include "fs/base/counters.h"
#include "fs/base/lock.h"
#include "fs/events/notifier.h"
#include "fs/mirror/mirror.h"

#include <bsd/sys/tree.h>
#include <sys/queue.h>

struct touch {
	TAILQ_ENTRY(touch) entry;
	RB_ENTRY(touch) by_name;
	struct trail *old; /* the node that went: its removal is due */
	struct trail *now; /* the node that is there, or NULL */
	int64_t heard_us;  /* when the first change that it is for came */
	bool made;	   /* the creation of `now` is due */
	bool changed;	   /* the change of its value is due */
	bool restated;	   /* the change of its mode, owner or times is due */
	bool role;	   /* the touch is for .role, which is no key */
};

TAILQ_HEAD(touch_list, touch);
RB_HEAD(touch_names, touch);

struct touch_queue {
	const struct fs_config *config;
	struct mirror *mirror;
	struct counters *counters;
	struct touch_list due; /* RPC thread */
	struct touch_names names;
	struct touch *current; /* the touch under way */
	uint64_t serial;
	struct notifier notifier;

	struct lock lock;	   /* protects the rest, and what current points to */
	const struct trail *trail; /* the trail of the step under way; NULL: none, or that of
				    * .role */
	enum notifier_step step;
	bool stepping;
};

void touch_queue_init(struct touch_queue *touches, const struct fs_config *config,
	struct loop *loop, struct mirror *mirror, struct counters *counters);
/* Starts the notifier for the mount with this device number. Touches added before wait for it. */
void touch_queue_start(struct touch_queue *touches, uint32_t device_minor);
/* Called when the mount is gone, so that the notifier does not wait for an answer from it. */
void touch_queue_fini(struct touch_queue *touches);

/* Queues the touch for a change; takes over @trail. */
void touch_queue_add(struct touch_queue *touches, enum tree_event event, struct trail *trail);
void touch_queue_add_role(struct touch_queue *touches);

/* --- For the FUSE thread --- */

/* Whether a request from @pid comes from the notifier. */
bool touch_queue_claim(struct touch_queue *touches, pid_t pid);

/* The ID of the node that the notifier is to find under @name in @dir; 0: none. */
uint64_t touch_queue_lookup(struct touch_queue *touches, uint64_t dir, const char *name);

/* The ID of the node, if the notifier was told to make @step on @name in @dir; else 0. */
uint64_t touch_queue_allow(
	struct touch_queue *touches, enum notifier_step step, uint64_t dir, const char *name);
