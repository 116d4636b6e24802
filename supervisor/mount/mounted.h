/* Where the mount is: followed when it moves, and missed when it leaves. */
/*
 * Owner:   the filesystem (filesystem.h); embedded.
 * Threads: one, that of the loop.
 * Why:     who moves a mount, or the directory that it is in, tells nobody. And a mount that is
 *          taken off here, while a mount namespace that was made meanwhile has a copy of it, works
 *          on: nothing ends by itself.
 */
#pragma once

#include "fs/base/loop.h"
#include "fs/base/mountinfo.h"

struct mounted {
	struct loop *loop;
	void (*moved)(void *arg, const char *path); /* it is there now */
	void (*left)(void *arg); /* nothing shows the whole of it in our namespace any more */
	void *arg;

	struct mountinfo info; /* its numbers, its last place; without them nothing is told */
	int fd;		       /* of the list of mounts, which tells when it changes */
	struct source source;
};

/* The fields up to arg are the caller's; all pointers are borrowed. */
void mounted_init(struct mounted *mounted);
void mounted_fini(struct mounted *mounted);

/* Follows the etcdfs that is mounted at @path now, alive or dead. It left() if none is. */
void mounted_follow(struct mounted *mounted, const char *path);
/* Tells at once what has become of it. To be called now and then: that a directory above it gets
 * another name is told by nobody. */
void mounted_look(struct mounted *mounted);
/* From now on it is not missed. */
void mounted_forget(struct mounted *mounted);

/* Whether it is there, at this very moment. */
bool mounted_is_there(const struct mounted *mounted);
