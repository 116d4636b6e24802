/* The inotify events that are due: which names the notifier has still to touch, and how. */
/*
 * Owner:   the mount.
 * Threads: the RPC thread adds and sends; the FUSE thread answers what the notifier asks for the
 * touch under way, which is all that the lock is for.
 *
 * Under load what is due for one name is merged: many changes are one, and what came and went again
 * is nothing. A name is touched in the order in which it first became due; of what is merged the
 * old one's end comes before the new one's beginning. What is no longer true when its turn comes is
 * left out.
 *
 * The kernel makes an event only for an operation that succeeds. So the notifier does what a user
 * would have done here, and is answered as if it were just happening: for a creation the name is
 * not there yet, for a removal it still is. Nobody else is answered so: what counts is the
 * notifier's pid and the one touch that it was told to make.
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
	struct trail *old; /* it went: its end is due */
	struct trail *now; /* it is there */
	bool made;	   /* its beginning is due */
	bool changed;	   /* its new value is */
	bool role;	   /* no key: .role */
};

TAILQ_HEAD(touch_list, touch);
RB_HEAD(touch_names, touch);

struct touch_queue {
	const struct fs_config *config;
	struct mirror *mirror;
	struct counters *counters;
	struct touch_list due; /* RPC thread */
	struct touch_names names;
	struct touch *current; /* the one under way */
	uint64_t serial;
	struct notifier notifier;

	struct lock lock;	   /* the rest, and what current points to */
	const struct trail *trail; /* of the step under way; NULL: none, or .role's */
	enum notifier_step step;
	bool stepping;
};

void touch_queue_init(struct touch_queue *touches, const struct fs_config *config,
	struct loop *loop, struct mirror *mirror, struct counters *counters);
/* Starts the notifier, for the mount with this device number; before that nothing is touched. */
void touch_queue_start(struct touch_queue *touches, uint32_t device_minor);
/* When the mount is gone, so that the notifier does not wait for an answer from it. */
void touch_queue_fini(struct touch_queue *touches);

/* @trail is taken. */
void touch_queue_add(struct touch_queue *touches, enum tree_event event, struct trail *trail);
void touch_queue_add_role(struct touch_queue *touches);

/* --- For the FUSE thread --- */

/* True: a request of @pid is the notifier's. */
bool touch_queue_claim(struct touch_queue *touches, pid_t pid);

/* What the notifier finds under @name in @dir: the id, 0 for nothing. */
uint64_t touch_queue_lookup(struct touch_queue *touches, uint64_t dir, const char *name);

/* The id of the node when @step on @name in @dir is what the notifier was told; 0: it was not. */
uint64_t touch_queue_allow(
	struct touch_queue *touches, enum notifier_step step, uint64_t dir, const char *name);
