/* What the kernel says is mounted where, without touching any of it. */
/*
 * Owner:   the result is the caller's.
 * Threads: any.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define MOUNTINFO_ETCDFS "fuse.etcdfs" /* the type of our mounts */

struct mountinfo {
	int id;		       /* of this mount, while it is there: it stays when the mount moves */
	uint32_t device_minor; /* for FUSE: N of /sys/fs/fuse/connections/N */
	char root[PATH_MAX];   /* what of the filesystem is mounted: "/", or a directory of it */
	char mountpoint[PATH_MAX];
	char type[64]; /* "fuse.etcdfs" */
};

/* One line of /proc/self/mountinfo. False: it is none. Pure. */
bool mountinfo_parse(const char *line, struct mountinfo *ret);

/* The topmost mount on the resolved @path, if there is one. */
bool mountinfo_find(const char *path, struct mountinfo *ret);

/* The last mount on the resolved @path or below it. */
bool mountinfo_find_below(const char *path, struct mountinfo *ret);

/* The mount that the resolved @path is on. */
bool mountinfo_find_around(const char *path, struct mountinfo *ret);

/* Where the etcdfs with @device_minor is mounted as a whole: the mount with @id if there is one,
 * else any other copy of it. The kernel gives the numbers of a mount that has gone to another. */
bool mountinfo_find_whole(uint32_t device_minor, int id, struct mountinfo *ret);

/* Whether nothing is mounted over it. */
bool mountinfo_is_topmost(const struct mountinfo *info);

/* Waits until the mounts change, at most @timeout_ms; @state is -1 at first and then closed by
 * the caller. False: they did not. */
bool mountinfo_wait(int *state, int timeout_ms);
