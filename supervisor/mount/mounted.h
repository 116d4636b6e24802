/* Follows the mount: where it is when it moves, and whether it still exists. */
/*
 * Owner:   the filesystem (filesystem.h); embedded.
 * Threads: one, that of the loop.
 * Why:     nothing announces that a mount, or the directory that it is in, was moved. And if a
 *          mount is unmounted here while another mount namespace has a copy of it, the filesystem
 *          goes on: nothing ends by itself.
 */
#pragma once

#include "fs/base/loop.h"
#include "fs/base/mountinfo.h"

struct mounted {
	struct loop *loop;
	void (*moved)(void *arg, const char *path); /* it is at @path now */
	/* Its flags are others (mount -o remount): those in @changed. */
	void (*remounted)(void *arg, unsigned long flags, unsigned long changed);
	void (*left)(void *arg); /* no mount in our namespace shows the whole of it any more */
	void *arg;

	struct mountinfo info; /* its numbers and last place; device_minor 0: not followed */
	int fd;		       /* of the list of mounts, which becomes readable when it changes */
	struct source source;
};

/* The caller sets the fields up to arg; all pointers are borrowed. */
void mounted_init(struct mounted *mounted);
void mounted_fini(struct mounted *mounted);

/* Follows the etcdfs that is mounted at @path now, alive or dead. If none is, left() is called. */
void mounted_follow(struct mounted *mounted, const char *path);
/* The same for the mount with these numbers. */
void mounted_take(struct mounted *mounted, uint32_t device_minor, int id);
/* Checks it now, and reports changes. Call it now and then, because a rename of a directory above
 * it is announced by nothing. */
void mounted_look(struct mounted *mounted);
/* Stops following: nothing is reported from now on. */
void mounted_forget(struct mounted *mounted);

/* Whether it exists at this moment. */
bool mounted_is_there(const struct mounted *mounted);
