/* A /dev/fuse that another process has opened and mounted, for us to serve. */
/*
 * Threads: one.
 * Why:     an unprivileged container may neither open /dev/fuse nor mount.
 */
#pragma once

#include "supervisor/config/refusal.h"

#include <limits.h>

/* Takes the descriptor with @number, and resolves @path, where its mount is. The mount is not
 * touched, since nobody serves it yet. Returns 0 with a descriptor that is the caller's, or
 * REFUSED. */
int given_device_take(const char *number, const char *path, char ret_path[PATH_MAX], int *ret_fd,
	struct refusal *refusal);
