/* Reads /proc/self/mountinfo, so that no mount has to be touched to know of it. */
/*
 * Owner:   the result is the caller's.
 * Threads: any.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define MOUNTINFO_ETCDFS "fuse.etcdfs" /* the type of our mounts */
#define MOUNTINFO_TRIGGER "autofs"     /* that of a trigger, on which an automounter mounts */

struct mountinfo {
	int id;		       /* the mount's ID; a move keeps it, a later mount may get it */
	uint32_t device_minor; /* for FUSE: N of /sys/fs/fuse/connections/N */
	char root[PATH_MAX];   /* the mounted part of the filesystem: "/", or a directory of it */
	char mountpoint[PATH_MAX];
	char type[64]; /* "fuse.etcdfs" */
	/* MS_RDONLY, MS_NOEXEC and MS_SYNCHRONOUS of <sys/mount.h>. */
	unsigned long flags;
	uid_t uid; /* for FUSE: who has mounted it */
	gid_t gid;
	pid_t pgrp; /* for autofs: the process group of the automounter */
};

/* Parses one line of /proc/self/mountinfo. False: the line is malformed. Pure. */
bool mountinfo_parse(const char *line, struct mountinfo *ret);

/* The topmost mount on the resolved @path, if there is one. */
bool mountinfo_find(const char *path, struct mountinfo *ret);

/* The last mount on the resolved @path or below it. */
bool mountinfo_find_below(const char *path, struct mountinfo *ret);

/* The mount that the resolved @path is on. */
bool mountinfo_find_around(const char *path, struct mountinfo *ret);

/* A mount of the whole etcdfs with @device_minor: the one with @id if it exists, else any other (a
 * bind mount, or a copy in this mount namespace). The kernel gives the numbers of a mount that has
 * gone to new mounts. */
bool mountinfo_find_whole(uint32_t device_minor, int id, struct mountinfo *ret);

/* Whether this process is of the process group that mounts for a trigger on the resolved @path or
 * above it, covered by a mount or not. While the trigger waits for its mount, the kernel lets only
 * that group walk over it: all others wait as well, whatever they do with the path. */
bool mountinfo_is_automounter(const char *path);

/* Whether no other mount covers this one. */
bool mountinfo_is_topmost(const struct mountinfo *info);

/* Waits at most @timeout_ms for a change of the mount table; false: there was none. The caller sets
 * *@state to -1 before the first call, and closes it at the end. */
bool mountinfo_wait(int *state, int timeout_ms);
