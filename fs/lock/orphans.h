/* Locks that an earlier filesystem process of this mount had granted: they are lost. */
/*
 * Owner:   the mount; each orphan lives until its owner has given it up.
 * Threads: RPC thread, but for orphans_hear().
 *
 * The owner still has the open file, of which the kernel says ESTALE, but not what a COMMAND of its
 * opens by a path. So the lock fences its file as any lost one does (fence.h), until the kernel
 * tells of an unlock or a close through what the earlier process had opened.
 */
#pragma once

#include "fs/base/lock.h"
#include "fs/base/loop.h"
#include "fs/lock/held.h"
#include "fs/request/fence.h"

struct orphan;
TAILQ_HEAD(orphan_list, orphan);

/* The fields up to `arg` are the caller's. */
struct orphans {
	struct loop *loop;
	struct fence *fence;
	struct held *held;
	void (*ended)(void *arg, struct fenced *fenced); /* does fence_end() */
	void *arg;

	struct lock lock; /* the list, and which of them have ended */
	struct orphan_list list;
};

void orphans_init(struct orphans *orphans);
void orphans_fini(struct orphans *orphans);

/* Takes over what @held has. Before anything is served. 0 or -ENOMEM. */
int orphans_take_over(struct orphans *orphans);

/* What the kernel tells of an open file of an earlier process. */
struct orphan_news {
	enum { ORPHAN_CLOSED, ORPHAN_FLUSHED, ORPHAN_UNLOCKED } what;
	struct held_file file;
	uint64_t owner;
	unsigned kind; /* of what was unlocked: enum lock_kind */
};

/* FUSE thread, before the kernel is answered. */
void orphans_hear(struct orphans *orphans, const struct orphan_news *news);
