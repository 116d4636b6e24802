/* What the kernel says is mounted where, without touching any of it. */
/*
 * Owner:   the result is the caller's.
 * Threads: any.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct mountinfo {
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

/* Waits until the mounts change, at most @timeout_ms; @state is -1 at first and then closed by
 * the caller. False: they did not. */
bool mountinfo_wait(int *state, int timeout_ms);
